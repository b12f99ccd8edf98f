/**
 * `wasmcast push` and `pull` against crane and oras, and `copy` against skopeo, of the same modules, on the same real docker-registry: whole processes, from
 * their start to their end. Goal: not slower than crane at 1 MiB and 64 MiB.
 */
import process from 'node:process';
import { Bed } from './images/bed.ts';
import { type ImageMemory, imagePage, type ImageRow } from './images/page.ts';
import { publish } from './publish.ts';
import { compare, spreadText } from './rounds.ts';

const sizes = [
  ['20 KiB', 20 * 1024],
  ['1 MiB', 1024 * 1024],
  ['64 MiB', 64 * 1024 * 1024],
] as const;
const rounds = { rounds: 5, runs: 2 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say('packing and installing wasmcast, building crane and oras ...');
await using bed = await Bed.open();
const rows: ImageRow[] = [];
for (const [size, bytes] of sizes) {
  for (const peer of ['crane', 'oras'] as const) {
    for (const what of ['push', 'pull'] as const) {
      const sides = await bed.sides(what, peer, bytes);
      const result = await compare(sides.ours, sides.theirs, rounds);
      say(`${what} ${size}: wasmcast ${spreadText(result.a, 0)} ms, ${peer} ${spreadText(result.b, 0)} ms`);
      rows.push({ what, size, peer, result });
    }
  }
}
for (const [size, bytes] of sizes) {
  for (const way of ['to', 'from'] as const) {
    const sides = await bed.copies(way, bytes);
    const result = await compare(sides.ours, sides.theirs, rounds);
    say(`copy ${way} ${size}: wasmcast ${spreadText(result.a, 0)} ms, skopeo ${spreadText(result.b, 0)} ms`);
    rows.push({
      what: way === 'to' ? 'copy to the registry,' : 'copy from it,',
      size,
      peer: 'skopeo',
      result,
    });
  }
}
const memory: ImageMemory[] = [];
for (const [size, bytes] of [...sizes, ['200 MiB', 200 * 1024 * 1024] as const])
  memory.push({ size, bytes, ...(await bed.memory(bytes)) });
await publish('image-price.md', imagePage(rows, memory, rounds.rounds, bed.versions));
