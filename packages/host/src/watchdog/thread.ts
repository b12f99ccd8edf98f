import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { cells } from './watchdog.ts';

/** What the thread is started with. */
export interface WatchdogTask {
  readonly shared: SharedArrayBuffer;
  readonly deadlineMs: number;
}

/** How often it looks while one call may run. It counts looks and not time: a process that was stopped is not late. */
const looks = 20;

const task = workerData as WatchdogTask;
const state = new Int32Array(task.shared);
let seen = 0;
let count = 0;

setInterval(() => {
  const call = Atomics.load(state, cells.call);
  if (call % 2 === 0 || call !== seen) {
    seen = call;
    count = 0;
  } else if (++count === looks) end(call);
}, task.deadlineMs / looks);

function end(call: number): void {
  const session = new Session();
  session.connectToMainThread();
  Atomics.store(state, cells.overrun, call);
  session.post('Runtime.terminateExecution', () => {
    Atomics.store(state, cells.ended, call);
    // A session that stays open would hold the process back when it exits.
    session.disconnect();
    parentPort?.postMessage('ended');
  });
}
