/**
 * The whole journey on the embedded mesh: three filters from TypeScript to live traffic on eight services, and back.
 * `node demo.ts` tells it to a person, `node demo.ts -o json` as one JSON object a line with a last `summary`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { CommandFailed } from './command.ts';
import { journey } from './journey.ts';
import { createNarrator } from './narrator.ts';

const tell = createNarrator(/(^| )(-o ?|--output[= ])json( |$)/.test(process.argv.slice(2).join(' ')));

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stop.abort(new Error('interrupted')));
}

let scratch: string | undefined;
try {
  scratch = await mkdtemp(path.join(tmpdir(), 'wasmcast-demo-'));
  await journey(scratch, tell, stop.signal);
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  const what = error instanceof Error ? error.message : String(error);
  tell.failure(
    stop.signal.aborted ? 'interrupted' : what,
    error instanceof CommandFailed && !stop.signal.aborted ? error.output : '',
    process.exitCode,
  );
} finally {
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
}
