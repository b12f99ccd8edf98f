import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { compileModule } from '../module/compile.ts';
import { createPlugin } from '../plugin/plugin.ts';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightTask, StartOutcome, WorkerMessage } from './protocol.ts';

/** The body of the preflight's process: starts one filter and says how that went. Whoever started it ends it. */

const task = await new Promise<PreflightTask>((resolve) => {
  process.on('message', (message) => resolve(message as PreflightTask));
});
// Should the other side die first, a filter that loops must not run for ever: only another thread can end it.
new Worker(
  'setTimeout(() => process.kill(process.pid, "SIGKILL"), require("node:worker_threads").workerData)',
  {
    eval: true,
    workerData: task.deadlineMs * 2 + 5000,
  },
).unref();
let logs = 0;

function post(message: WorkerMessage): void {
  process.send?.(message);
}

function log(entry: LogEntry): void {
  if (++logs <= task.maxLogs) post({ kind: 'log', entry });
}

async function start(): Promise<StartOutcome> {
  post({ kind: 'callback', name: 'compilation' });
  const { sourceMap } = task;
  // Not the time that passes: other filters are tried beside it.
  const began = process.cpuUsage();
  const compiled = await compileModule(task.bytes, sourceMap === undefined ? {} : { sourceMap });
  if (compiled.kind === 'not-loadable') {
    return { kind: 'not-loadable', reason: compiled.reasons.join('; ') };
  }
  const { user, system } = process.cpuUsage(began);
  const compileMs = (user + system) / 1000;
  let last = '';
  const result = createPlugin({
    ...task.filter,
    module: compiled.module,
    log,
    onCallback: (name) => {
      // A filter that allocates in a loop must not flood the other side.
      if (name !== last && name !== 'malloc') post({ kind: 'callback', name });
      last = name;
    },
    onFinding: ({ message }) =>
      log({ level: 'warn', source: 'host', plugin: task.filter.name ?? '', message }),
    httpCall: {
      // Which clusters exist is known only where the filter will run, so each is taken to exist; nothing is sent.
      send: ({ cluster }) => {
        log({
          level: 'info',
          source: 'host',
          plugin: task.filter.name ?? '',
          message: `a callout to the cluster ${JSON.stringify(cluster)} was started; nothing is sent before the filter is live`,
        });
        return () => undefined;
      },
    },
  });
  if (result.kind === 'ready') {
    return { kind: 'accepted', compileMs, memoryBytes: result.plugin.memoryBytes };
  }
  const { logs: _, ...outcome } = result;
  return outcome;
}

post({ kind: 'outcome', outcome: await start() });
