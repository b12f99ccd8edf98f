import { parentPort, workerData } from 'node:worker_threads';
import { compileModule } from '../module/compile.ts';
import { createPlugin } from '../plugin/plugin.ts';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightTask, StartOutcome, WorkerMessage } from './protocol.ts';

/** The body of the preflight's thread: starts one filter and says how that went. */

const task = workerData as PreflightTask;
let logs = 0;

/** Arrives although this thread may be about to loop forever: posting does not wait for it. */
function post(message: WorkerMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(message);
}

function log(entry: LogEntry): void {
  if (++logs <= task.maxLogs) post({ kind: 'log', entry });
}

async function start(): Promise<StartOutcome> {
  post({ kind: 'callback', name: 'compilation' });
  const compiled = await compileModule(task.bytes);
  if (compiled.kind === 'not-loadable') {
    return { kind: 'not-loadable', reason: compiled.reasons.join('; ') };
  }
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
  if (result.kind === 'ready') return { kind: 'accepted' };
  const { logs: _, ...outcome } = result;
  return outcome;
}

post({ kind: 'outcome', outcome: await start() });
