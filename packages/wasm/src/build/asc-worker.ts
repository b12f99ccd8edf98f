import { parentPort, workerData } from 'node:worker_threads';
import { compile, type CompileJob } from './compile.ts';

/** The thread in which the compiler runs: it is synchronous for seconds, and it ends the process when it crashes. */
const outcome = await compile(workerData as CompileJob, (stage) => {
  parentPort?.postMessage({ kind: 'progress', stage }, []);
});
// Moved, not copied: the module is not needed here any more.
const wasm = outcome.wasm?.buffer;
parentPort?.postMessage({ kind: 'outcome', outcome }, wasm instanceof ArrayBuffer ? [wasm] : []);
