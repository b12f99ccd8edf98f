/**
 * The whole journey on the embedded mesh: three filters from TypeScript to live traffic on eight services, and back.
 * `node demo.ts` tells it to a person, `node demo.ts -o json` as one JSON object a line with a last `summary`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CommandFailed } from './command.ts';
import { journey } from './journey.ts';
import { createNarrator } from './narrator.ts';

const asksForJson = readFlags();
const tell = createNarrator(asksForJson);

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

/** True for `-o json`. Ends the process (64) when the arguments are not those that the demo has. */
function readFlags(): boolean {
  try {
    const options = { output: { type: 'string', short: 'o', default: 'text' } } as const;
    const { output } = parseArgs({ options }).values;
    if (output !== 'json' && output !== 'text')
      throw new TypeError(`there is no output ${JSON.stringify(output)}`);
    return output === 'json';
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${what}\nusage: demo [-o text|json]\n`);
    process.exit(64);
  }
}
