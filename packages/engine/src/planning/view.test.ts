import { expect, test } from 'vitest';
import { type Chain, type Observed, type Revision, type Sha256, toRevision } from '@wasmcast/core';
import { desiredFilter, observedWorkload, workloadId } from '../../../core/src/testing/values.ts';
import { retainedRevisions } from '../rollout/revisions.ts';
import { retainedDigests } from './view.ts';

const observed: Observed = {
  target: 't',
  workloads: [observedWorkload('one')],
  versions: [],
  diagnostics: [],
  native: undefined,
};

const digest = (number: number): Sha256 => String(number).padStart(64, '0') as Sha256;

/** Chains that run a module of their own. */
function chains(number: number): Chain[] {
  const filters = [desiredFilter('a', { moduleDigest: digest(number) })];
  return [{ workload: workloadId('one'), direction: 'inbound', filters }];
}

function revisions(count: number): Revision[] {
  return Array.from({ length: count }, (_, i) =>
    toRevision(
      { fleet: 'shop', target: 't', number: i + 1, at: '', by: 'me', cause: 'apply' },
      chains(i + 1),
    ),
  );
}

const retained = (stored: number, wanted: number): number[] =>
  retainedDigests(revisions(stored), { fleet: 'shop', chains: chains(wanted), observed }).map(Number);

test('what is recorded already takes no module from a revision that stays', () => {
  const all = Array.from({ length: retainedRevisions }, (_, i) => i + 1);
  expect(retained(retainedRevisions, retainedRevisions)).toEqual(all);
});

test('a new revision makes the oldest go, with its modules', () => {
  const all = Array.from({ length: retainedRevisions - 1 }, (_, i) => i + 2);
  expect(retained(retainedRevisions, 99)).toEqual(all);
  expect(retained(3, 99)).toEqual([1, 2, 3]);
});
