import process from 'node:process';
import { compile, type CompileJob } from './compile.ts';

/**
 * The process in which the compiler runs: it is synchronous for seconds, it ends the process when it crashes, and it is
 * WebAssembly itself, which V8 does not bear in threads that come and go (nodejs/node#64500). Jobs come one at a time.
 */
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  void compile(message as CompileJob, (stage) => process.send?.({ kind: 'progress', stage })).then(
    (outcome) => process.send?.({ kind: 'outcome', outcome }),
  );
});
