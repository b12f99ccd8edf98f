import process from 'node:process';
import { OciError, pullModule } from '../index.ts';

/** A program for tests: pulls the reference once for warmth and once more, and tells what came of it and by how many bytes the process grew at most. */
const [small = '', reference = '', limit = '0'] = process.argv.slice(2);
const anonymous = { credentials: () => Promise.resolve({ kind: 'anonymous' } as const) };
const limits = { unpackedBytes: Number(limit), layerBytes: Number(limit), attempts: 1 };

await pullModule(small, anonymous);
const before = process.resourceUsage().maxRSS;
const outcome = await pullModule(reference, { ...anonymous, limits }).then(
  ({ wasm }) => `${wasm.length} bytes`,
  (error: unknown) => (error instanceof OciError ? error.kind : String(error)),
);
const grown = (process.resourceUsage().maxRSS - before) * 1024;
process.stdout.write(JSON.stringify({ outcome, grown }));
