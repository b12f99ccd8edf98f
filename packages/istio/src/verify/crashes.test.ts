import type { FailurePolicy, FilterVerdict } from '@wasmcast/core';
import { describe, expect, test } from 'vitest';
import { judgeCrashes, readTraps } from './crashes.ts';
import type { ModuleUse } from './module-uses.ts';

const what = 'proxy_on_request_headers: Uncaught RuntimeError: unreachable';
const at = Date.parse('2026-11-22T19:46:00Z');
const log = `other
2026-11-22T19:46:00.000000001Z 2026-11-22T19:46:00Z\terror\tenvoy wasm source/extensions/common/wasm/wasm_vm.cc:38\tFunction: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable\tthread=22
`;

/** A filter that stands there since so many milliseconds before the trap. */
function use(
  filter: string,
  before: number,
  more: { readonly vm?: string; readonly onFailure?: FailurePolicy } = {},
): ModuleUse {
  const reloads = more.onFailure === 'reload';
  return { filter, direction: 'inbound', vm: more.vm ?? filter, since: at - before, reloads };
}

/** What becomes of filters that are otherwise live. */
function judged(uses: readonly ModuleUse[], hasOthers = false): readonly string[] {
  const verdicts = uses.map(({ filter, direction }): FilterVerdict => ({
    filter,
    direction,
    verdict: 'live',
  }));
  return judgeCrashes(verdicts, uses, hasOthers, readTraps(log)).map(({ verdict, evidence }) =>
    evidence === undefined ? verdict : `${verdict}: ${evidence}`,
  );
}

describe('a VM that died', () => {
  test('is seen in the log since the configuration became active, and only then', () => {
    expect(judged([use('a', 1000)])).toEqual([`crashed: its VM died: ${what}`]);
    expect(judged([use('a', -1)])).toEqual(['live']);
  });

  test('takes all filters with it that run in it', () => {
    const words = `crashed: its VM died: ${what}`;
    expect(judged([use('a', 1000, { vm: 'one' }), use('b', 1, { vm: 'one' })])).toEqual([words, words]);
  });

  test('may be that of any filter of the chain, and of none for certain', () => {
    const words = `maybe-crashed: a VM died, of one of a, b: ${what}`;
    expect(judged([use('a', 1000), use('b', 1)])).toEqual([words, words]);
  });

  test('is not that of a filter configured since, which may have been the one all the same', () => {
    expect(judged([use('a', 1000), use('b', -1000)])).toEqual([
      `maybe-crashed: a VM died, of one of a, b: ${what}`,
      'live',
    ]);
  });

  test('may be one of others', () => {
    expect(judged([use('a', 1000)], true)).toEqual([
      `maybe-crashed: a VM died, of one of a, filters of others: ${what}`,
    ]);
  });

  test('of a filter that reloads leaves it live, and is told', () => {
    const reloading = use('a', 1000, { onFailure: 'reload' });
    expect(judged([reloading])).toEqual([`live: its VM died and is made anew: ${what}`]);
    expect(judged([reloading, use('b', 1000)])).toEqual([
      `live: a VM died, of one of a, b; if it was its own, it is made anew: ${what}`,
      `maybe-crashed: a VM died, of one of a, b: ${what}`,
    ]);
  });
});
