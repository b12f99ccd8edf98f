import { expect, test } from 'vitest';
import { scriptedGuest } from '../../fixtures/scripted-guest.ts';
import { createPlugin, HeaderMap } from '../index.ts';
import { compileModule } from '../module/compile.ts';
import { hostSignature } from '../module/host-signatures.ts';
import { FilterStream } from '../stream/filter-stream.ts';
import { HttpStream } from '../stream/http-stream.ts';
import { wasiFunctions } from '../wasi/wasi.ts';
import { hostFunctions } from './imports.ts';

/** A million calls when everything is tested; a slice of them otherwise. */
const calls = process.env['WASMCAST_FULL'] === '1' ? 1_000_000 : 30_000;

/** How many of them one callback makes. */
const perCallback = 1000;

/** mulberry32: the same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** What a function takes, by the signature under which modules import it. */
function paramsOf(name: string): readonly string[] {
  const find = (module: string): string | undefined =>
    hostSignature('0.2.1', module, name) ?? hostSignature('0.1.0', module, name);
  return (find('env') ?? find('wasi_snapshot_preview1') ?? '').split(')')[0]?.match(/i32|i64/g) ?? [];
}

const interesting = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 64, 255, 1024, 65_535, 1_048_575, 0x7fff_ffff, -1, -8, -65_536,
];

test(`${calls} calls with random arguments: only status codes come back`, async () => {
  const next = generator(20_261_122);
  const module = await compileModule(scriptedGuest({ proxy_on_request_headers: [{ ret: 1 }] }));
  if (module.kind !== 'module') throw new Error(module.reasons.join());
  const answers = new Set<unknown>();
  for (let round = 0; round < calls / perCallback; round++) {
    // Anew from time to time: what a filter may hold of a host's memory is bounded by its callback.
    const result = createPlugin({ module: module.module, logLevel: 'critical', onFinding: () => undefined });
    if (result.kind !== 'ready') throw new Error(result.kind);
    const { plugin } = result;
    const root = plugin.open();
    if (root === undefined) throw new Error('no root');
    const { vm } = root;
    const nowhere = (): void => undefined;
    const owner = new HttpStream([], {
      onRequestHeaders: nowhere,
      onRequestBody: nowhere,
      onRequestTrailers: nowhere,
      onResponseHeaders: nowhere,
      onResponseBody: nowhere,
      onResponseTrailers: nowhere,
      onReset: nowhere,
    });
    const stream = new FilterStream(root, owner);
    stream.onHeaders(stream.request, new HeaderMap('request', [':path', '/', 'x-a', 'b']), false);
    const functions = { ...hostFunctions(vm), ...wasiFunctions(vm) };
    const names = Object.keys(functions);
    vm.call(stream, 'fuzz', () => {
      for (let i = 0; i < perCallback; i++) {
        const name = names[next() % names.length] as string;
        const [fn, params] = [functions[name] as (...args: unknown[]) => unknown, paramsOf(name)];
        const pick = (): number => {
          const kind = next() % 4;
          return kind === 0
            ? next() | 0
            : kind === 1
              ? next() % 70_000
              : (interesting[next() % interesting.length] as number);
        };
        const args = params.map((type) =>
          type === 'i64' ? BigInt.asIntN(64, (BigInt(next()) << 32n) | BigInt(next())) : pick(),
        );
        answers.add(fn(...args));
      }
      return 0;
    });
    // A budget that was used up is the only trap that there may be.
    expect(vm.trap?.reason ?? '').toMatch(/^(|it gave the host more than .*|it asked for more than .*)$/);
    vm.afterCall();
    plugin.closeStream();
    plugin.close();
  }
  const codes = [...answers]
    .filter((answer) => answer !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b);
  const statuses = [0, 1, 2, 3, 4, 6, 7, 8, 10, 12];
  const errnos = [0, 8, 20, 21, 28, 44, 52, 58];
  expect(codes.filter((code) => !statuses.includes(code) && !errnos.includes(code))).toEqual([]);
  expect(codes.length).toBeGreaterThan(8);
}, 300_000);
