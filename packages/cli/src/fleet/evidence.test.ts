import { expect, test } from 'vitest';
import type { InstanceVerdict } from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { Witness } from './evidence.ts';

const target = 't';

function instance(name: string, verdict: 'live' | 'crashed') {
  const seen: InstanceVerdict = {
    instance: { workload: workloadId(name), name, uid: '1' },
    filters: [{ filter: 'a', direction: 'inbound', verdict }],
  };
  return { type: 'instance', target, live: verdict === 'live', verdict: seen } as const;
}

const wave = (number: number) =>
  ({
    type: 'wave-started',
    target,
    wave: number,
    waves: 2,
    workloads: [`w${number}`],
    instances: 1,
  }) as const;
const gate = { type: 'gate', target, gate: 'probe' } as const;

test('is that of the last wave, as it stood when the rollout failed', () => {
  let now = 0;
  const witness = new Witness(() => now);
  witness.take(wave(1));
  witness.take(instance('one', 'crashed'));
  witness.take({ ...gate, wave: 1, outcome: 'fail', says: 'no' });
  now = 60_000;
  witness.take(wave(2));
  for (const name of ['two', 'three', 'four']) witness.take(instance(name, 'crashed'));
  witness.take(instance('three', 'live'));
  witness.take({ type: 'instance-gone', target, instance: 't/foo/LocalService/four/four', uid: '1' });
  witness.take({ ...gate, wave: 2, outcome: 'pass', says: 'yes' });
  witness.take({ ...gate, wave: 2, outcome: 'fail', says: 'no' });
  now = 90_000;
  witness.take({ type: 'going-back', target, reason: 'no' });
  // What is read from here on is the way back.
  now = 120_000;
  witness.take(instance('two', 'live'));
  witness.take({
    type: 'rollout-finished',
    target,
    outcome: 'rolled-back',
    instances: 1,
    live: 1,
    writes: 2,
  });
  expect(witness.evidence).toEqual({
    wave: { number: 2, waves: 2, workloads: ['w2'], since: '1970-01-01T00:01:00.000Z' },
    gates: [{ gate: 'probe', outcome: 'fail', says: 'no', measured: 2, passed: 1 }],
    notLive: [instance('two', 'crashed').verdict],
    at: '1970-01-01T00:01:30.000Z',
  });
});

test('keeps a pod that took the name of another one before that was told to be gone', () => {
  const witness = new Witness(() => 0);
  witness.take(wave(1));
  witness.take(instance('one', 'crashed'));
  const next = instance('one', 'crashed');
  const successor = { ...next.verdict, instance: { ...next.verdict.instance, uid: '2' } };
  witness.take({ ...next, verdict: successor });
  witness.take({ type: 'instance-gone', target, instance: 't/foo/LocalService/one/one', uid: '1' });
  expect(witness.evidence.notLive).toEqual([successor]);
});

test('is empty when nothing began', () => {
  expect(new Witness(() => 0).evidence).toEqual({ gates: [], notLive: [] });
});
