import process from 'node:process';
import { compile, type CompileJob } from './compile.ts';

/**
 * The process in which the compiler runs: it is synchronous for seconds, it ends the process when it crashes, and it is
 * WebAssembly itself, which V8 does not bear in threads that come and go (nodejs/node#64500).
 */
process.on('disconnect', () => process.exit());
const job = await new Promise<CompileJob>((resolve) => {
  process.on('message', (message) => resolve(message as CompileJob));
});
const outcome = await compile(job, (stage) => process.send?.({ kind: 'progress', stage }));
process.send?.({ kind: 'outcome', outcome });
