import type { DesiredFilter, Sha256 } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import type { RunningFilter } from '../control/wire.ts';
import { testFilter } from '../testing/rollouts.ts';
import { judgeChain } from './verdicts.ts';

const a = { bytes: Uint8Array.of(1), digest: 'a'.repeat(64) as Sha256 };
const wanted = (name: string): DesiredFilter => testFilter(name, a, { config: { key: 'value' } });
const running = (name: string, more: Partial<RunningFilter> = {}): RunningFilter => ({
  fleet: 'f',
  name,
  moduleDigest: a.digest,
  configuration: '{"key":"value"}',
  rootId: '',
  vmId: name,
  env: {},
  onFailure: 'closed',
  ...more,
});
const verdicts = (expected: readonly DesiredFilter[], found: readonly RunningFilter[]) =>
  judgeChain('f', expected, found).map(({ filter, verdict }) => `${filter} ${verdict}`);

describe('the verdicts on a service', () => {
  it('call live what stands there as expected, whatever other fleets have in between', () => {
    const found = [
      running('one'),
      running('one', { fleet: 'g', moduleDigest: 'b'.repeat(64) as Sha256 }),
      running('two'),
    ];
    expect(verdicts([wanted('one'), wanted('two')], found)).toEqual(['one live', 'two live']);
  });

  it('name the difference, the module before the configuration before the VM', () => {
    const other = 'b'.repeat(64) as Sha256;
    expect(verdicts([wanted('one')], [])).toEqual(['one not-in-chain']);
    expect(verdicts([wanted('one')], [running('one', { moduleDigest: other, configuration: '' })])).toEqual([
      'one wrong-digest',
    ]);
    for (const more of [
      { configuration: '' },
      { rootId: 'x' },
      { vmId: 'x' },
      { env: { A: '1' } },
      { onFailure: 'open' as const },
    ])
      expect(verdicts([wanted('one')], [running('one', { ...more, dead: 'trap' })])).toEqual([
        'one wrong-config',
      ]);
    expect(verdicts([wanted('one')], [running('one', { dead: 'trap' })])).toEqual(['one crashed']);
  });

  it('see what is in the wrong place, and what should not be there', () => {
    const found = [running('two'), running('one'), running('three')];
    expect(verdicts([wanted('one'), wanted('two'), wanted('three')], found)).toEqual([
      'one out-of-order',
      'two out-of-order',
      'three live',
    ]);
    expect(verdicts([wanted('two'), wanted('one')], found)).toEqual([
      'two live',
      'one live',
      'three still-there',
    ]);
  });

  it('never show a configuration', () => {
    const found = [running('one', { configuration: '{"key":"secret"}' })];
    expect(JSON.stringify(judgeChain('f', [wanted('one')], found))).not.toContain('secret');
  });
});
