import { createHash } from 'node:crypto';
import module from 'node:module';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { type CompileResult, compileModule } from '../module/compile.ts';
import { createPlugin } from '../plugin/plugin.ts';
import { systemClock } from '../ports/system-clock.ts';
import type { LogEntry } from '../ports/ports.ts';
import { probeRequest } from './probe-request.ts';
import type { PreflightTask, StartOutcome, WorkerMessage } from './protocol.ts';

/** The body of the preflight's process: starts one filter after another and says how that went. Whoever started it ends it. */

/** Filters that share a module pay for it once, as in a proxy. Of more modules the oldest is compiled again. */
const maxModules = 8;
const modules = new Map<string, { readonly result: CompileResult; readonly compileMs: number }>();

// Should the other side die first, a filter that loops must not run for ever: only another thread can end it.
const watchdog = new Worker(
  `let timer;
  require('node:worker_threads').parentPort.on('message', (ms) => {
    clearTimeout(timer);
    if (ms > 0) timer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms);
  });`,
  { eval: true },
);
watchdog.unref();

// Nothing of a filter goes on behind the back of the one after it.
const clock = { ...systemClock, after: () => () => undefined };

function post(message: WorkerMessage): void {
  process.send?.(message);
}

async function compiled({ bytes, sourceMap }: PreflightTask) {
  const key = createHash('sha256')
    .update(bytes)
    .update(sourceMap ?? '')
    .digest('hex');
  const known = modules.get(key);
  if (known !== undefined) return known;
  // Not the time that passes: other filters are tried beside it.
  const began = process.cpuUsage();
  const result = await compileModule(bytes, sourceMap === undefined ? {} : { sourceMap });
  const { user, system } = process.cpuUsage(began);
  const made = { result, compileMs: (user + system) / 1000 };
  modules.set(key, made);
  const [oldest] = modules.keys();
  if (modules.size > maxModules && oldest !== undefined) modules.delete(oldest);
  return made;
}

async function start(task: PreflightTask): Promise<StartOutcome> {
  let logs = 0;
  let isRepeating = false;
  const log = (entry: LogEntry): void => {
    if (!isRepeating && ++logs <= task.maxLogs) post({ kind: 'log', entry });
  };
  const plugin = task.filter.name ?? '';
  post({ kind: 'callback', name: 'compilation' });
  const { result: found, compileMs } = await compiled(task);
  if (found.kind === 'not-loadable') return { kind: 'not-loadable', reason: found.reasons.join('; ') };
  let last = '';
  const result = createPlugin({
    ...task.filter,
    module: found.module,
    clock,
    log,
    onCallback: (name) => {
      // A filter that allocates in a loop must not flood the other side.
      if (name !== last && name !== 'malloc' && !isRepeating) post({ kind: 'callback', name });
      last = name;
    },
    onFinding: ({ message }) => log({ level: 'warn', source: 'host', plugin, message }),
    httpCall: {
      // Which clusters exist is known only where the filter will run, so each is taken to exist; nothing is sent.
      send: ({ cluster }) => {
        const message = `a callout to the cluster ${JSON.stringify(cluster)} was started; nothing is sent before the filter is live`;
        log({ level: 'info', source: 'host', plugin, message });
        return () => undefined;
      },
    },
  });
  if (result.kind !== 'ready') {
    const { logs: _, ...outcome } = result;
    return outcome;
  }
  const cost = { compileMs, memoryBytes: result.plugin.memoryBytes };
  if (!task.probe) return { kind: 'accepted', ...cost };
  const probe = probeRequest(result.plugin, () => (isRepeating = true));
  return { kind: 'accepted', ...cost, probe };
}

async function run(task: PreflightTask): Promise<void> {
  watchdog.postMessage(task.deadlineMs * 2 + 5000, []);
  const outcome = await start(task);
  watchdog.postMessage(0, []);
  post({ kind: 'outcome', outcome });
}

// The next task comes after the outcome of the one before.
process.on('message', (message) => void run(message as PreflightTask));
process.once('disconnect', () => process.exit());
// This process is killed, so what Node keeps of compiled sources for the next one is written now.
module.flushCompileCache?.();
