import {
  configurationText,
  jsonEquals,
  type Chain,
  type DesiredFilter,
  type FilterVerdict,
  type VerdictKind,
} from '@wasmcast/core';
import type { RunningFilter } from '../control/wire.ts';

/**
 * The verdicts on one service: one for each filter that the fleet expects, one for each that it has there and should not.
 * `running` is the service's whole chain, other fleets' filters included.
 */
export function judgeChain(
  fleet: string,
  expected: readonly DesiredFilter[],
  running: readonly RunningFilter[],
): readonly FilterVerdict[] {
  const ours = running.filter((filter) => filter.fleet === fleet);
  const byName = new Map(ours.map((filter) => [filter.name, filter]));
  const wanted = new Set(expected.map((filter) => filter.name));
  const misplaced = misplacedNames(
    expected.map((filter) => filter.name).filter((name) => byName.has(name)),
    ours.map((filter) => filter.name).filter((name) => wanted.has(name)),
  );
  return [
    ...expected.map((filter): FilterVerdict => {
      const found = byName.get(filter.name);
      const [verdict, evidence] = judge(filter, found, misplaced.has(filter.name));
      return {
        filter: filter.name,
        direction: 'inbound',
        verdict,
        ...(evidence === undefined ? {} : { evidence }),
      };
    }),
    ...ours
      .filter((filter) => !wanted.has(filter.name))
      .map((filter): FilterVerdict => ({
        filter: filter.name,
        direction: 'inbound',
        verdict: 'still-there',
        evidence: `module ${filter.moduleDigest}`,
      })),
  ];
}

function judge(
  expected: DesiredFilter,
  found: RunningFilter | undefined,
  misplaced: boolean,
): readonly [VerdictKind, string?] {
  if (found === undefined) return ['not-in-chain'];
  if (found.moduleDigest !== expected.moduleDigest)
    return ['wrong-digest', `runs module ${found.moduleDigest}`];
  const difference = configurationDifference(expected, found);
  if (difference !== undefined) return ['wrong-config', difference];
  if (found.dead !== undefined) return ['crashed', found.dead];
  if (misplaced) return ['out-of-order', 'stands elsewhere in the chain'];
  return ['live', `module ${found.moduleDigest}`];
}

/** Names the first setting that is not as expected, never its value: it may hold a secret. */
function configurationDifference(expected: DesiredFilter, found: RunningFilter): string | undefined {
  if (found.configuration !== configurationText(expected.config)) return 'another configuration';
  if (found.rootId !== expected.rootId) return `root id ${found.rootId}`;
  if (found.vmId !== expected.vmId) return `VM id ${found.vmId}`;
  if (!jsonEquals(found.env, expected.env)) return 'other environment variables';
  if (found.onFailure !== expected.onFailure) return `failure policy ${found.onFailure}`;
  return undefined;
}

/** Names that stand at another place in `actual` than in `wanted`, which hold the same names. */
function misplacedNames(wanted: readonly string[], actual: readonly string[]): ReadonlySet<string> {
  return new Set(wanted.filter((name, index) => actual[index] !== name));
}

/** Verdicts on chains that stand where an embedded mesh has none. */
export function judgeElsewhere(chains: readonly Chain[], evidence: string): readonly FilterVerdict[] {
  return chains.flatMap(({ direction, filters }) =>
    filters.map((filter): FilterVerdict => ({
      filter: filter.name,
      direction,
      verdict: 'not-in-chain',
      evidence,
    })),
  );
}
