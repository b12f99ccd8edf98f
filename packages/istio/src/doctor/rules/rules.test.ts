import { describe, expect, it } from 'vitest';
import { frontpage } from '../../testing/native.ts';
import type { Case } from '../case.ts';
import { explain, fold } from '../explain.ts';
import { aCase, saying } from '../testing/a-case.ts';
import { rules } from './all.ts';
import { chainRows } from '../testing/rows/chain.ts';
import { envoyRows } from '../testing/rows/envoy.ts';
import { injectionRows } from '../testing/rows/injection.ts';
import { objectRows } from '../testing/rows/objects.ts';
import { podRows } from '../testing/rows/pods.ts';
import { pullRows } from '../testing/rows/pulls.ts';
import { oldPod, pulling, recorded } from '../testing/rows/row.ts';

const table = [...podRows, ...objectRows, ...injectionRows, ...pullRows, ...envoyRows, ...chainRows];

describe('what was seen, and its cause', () => {
  it.each(table)('%s: %s', (_what, code, cause, seen) => {
    const findings = explain(aCase(seen));
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.next.length).toBeGreaterThan(0);
    expect(findings[0]?.evidence.length).toBeGreaterThan(0);
  });

  it('has a row for every rule', () => {
    expect(new Set(table.map(([, code]) => code))).toEqual(new Set(rules.map(({ code }) => code)));
  });

  it('asks no rule about what another one has explained', () => {
    const two = { ...saying('placeholder-deny'), filter: 'two' };
    const findings = explain(aCase(pulling('none', { verdicts: [saying('placeholder-deny'), two] })));
    expect(findings.map(({ code, filters }) => [code, filters])).toEqual([
      ['WC-DOC-031', ['one']],
      ['WC-DOC-030', ['two']],
    ]);
  });

  it('folds what is the same of several instances, and puts those that only wait behind', () => {
    const instance = (name: string): Case['instance'] => ({ workload: frontpage, name, uid: name });
    const findings = fold([
      ...explain(aCase({ instance: instance('old'), pod: oldPod, mounts: 'now' })),
      ...explain(aCase({ instance: instance('b'), verdicts: [saying('unreachable')] })),
      ...explain(aCase({ instance: instance('a'), verdicts: [saying('unreachable')] })),
    ]);
    expect(findings.map(({ code, instances }) => [code, ...instances])).toEqual([
      ['WC-DOC-051', 'a', 'b'],
      ['WC-DOC-008', 'old'],
    ]);
  });

  it('takes nothing from a log that is long mended', () => {
    const seen = {
      log: { ...recorded, refusals: recorded.refusals.filter(({ resource }) => resource === 'Listener') },
    };
    expect(explain(aCase(seen)).map(({ code }) => code)).toEqual(['WC-DOC-062']);
  });
});
