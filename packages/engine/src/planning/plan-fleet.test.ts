import { describe, expect, test } from 'vitest';
import type { Binding, Diagnostic, FilterSpec, Fleet } from '@wasmcast/core';
import {
  binding,
  filterSpec,
  observedWorkload,
  resolvedFilter,
  rolloutPolicy,
  workloadId,
} from '../../../core/src/testing/values.ts';
import { type MemoryTarget, memoryTarget } from '../testing/memory-target.ts';
import type { FilterSource } from './filter-source.ts';
import { planFleet } from './plan-fleet.ts';

const never = new AbortController().signal;

function error(code: string): Diagnostic {
  return { severity: 'error', code, summary: code };
}

/** A source whose modules differ by the first letter of the filter's name; remembers what it was asked. */
function source(faults: { load?: Record<string, string>; trial?: Record<string, string> } = {}) {
  const loaded: string[] = [];
  const tried: string[] = [];
  const made: FilterSource = {
    load: async (spec) => {
      loaded.push(spec.name);
      const code = faults.load?.[spec.name];
      if (code !== undefined) return { kind: 'refused', diagnostics: [error(code)] };
      const resolved = resolvedFilter(spec.name, spec.name[0], spec);
      return { kind: 'ok', value: { resolved, bytes: new Uint8Array(), warnings: [] } };
    },
    preflight: async (filters) =>
      filters.map(({ resolved }) => {
        tried.push(resolved.spec.name);
        const code = faults.trial?.[resolved.spec.name];
        return code === undefined
          ? { diagnostics: [], cost: { compileMs: 2, memoryBytes: 65_536 } }
          : { diagnostics: [error(code)] };
      }),
  };
  return { ...made, loaded, tried };
}

function target(): MemoryTarget {
  return memoryTarget(
    't',
    ['one', 'two'].map((name) => ({ id: workloadId(name), labels: observedWorkload(name).labels })),
  );
}

function fleet(filters: readonly FilterSpec[], bindings: readonly Binding[]): Fleet {
  return { name: 'shop', filters, targets: [], bindings, rollout: rolloutPolicy({ timeoutMs: 1000 }) };
}

const plain = fleet(
  [filterSpec('alpha'), filterSpec('beta'), filterSpec('unused')],
  [binding('one', ['alpha', 'beta']), binding('two', ['alpha'])],
);

async function planned(at: MemoryTarget, wanted: Fleet, from: FilterSource = source()) {
  return await planFleet({ fleet: wanted, targets: [at], source: from, locate: () => undefined }, never);
}

/** Does the steps of a plan. */
async function install(at: MemoryTarget, wanted: Fleet): Promise<void> {
  const { plan } = await planned(at, wanted);
  for (const step of plan?.targets[0]?.steps ?? []) await at.apply(step, never);
}

describe('the plan of a fleet', () => {
  test('loads the filters that are bound, and tries those that begin', async () => {
    const from = source();
    const { plan } = await planned(target(), plain, from);
    expect(plan?.targets[0]?.steps.map((s) => s.id)).toEqual([
      'set t/foo/LocalService/one',
      'set t/foo/LocalService/two',
    ]);
    expect([from.loaded, from.tried]).toEqual([
      ['alpha', 'beta'],
      ['alpha', 'beta'],
    ]);
  });

  test('made again it has no step and tries nothing', async () => {
    const at = target();
    await install(at, plain);
    const from = source();
    expect((await planned(at, plain, from)).plan?.targets[0]?.steps).toEqual([]);
    expect(from.tried).toEqual([]);
  });

  test('only what begins to run differently is tried: not what stays, moves or goes', async () => {
    const at = target();
    await install(at, plain);
    const configured = filterSpec('beta', { config: { kind: 'text', text: 'new' } });
    const changed = fleet(
      [filterSpec('alpha'), configured],
      [binding('one', ['beta', 'alpha']), binding('two', ['beta'])],
    );
    const from = source();
    const { plan } = await planned(at, changed, from);
    expect(from.tried).toEqual(['beta']);
    expect(plan?.targets[0]?.actions.map((a) => `${a.kind} ${a.filter}`)).toEqual([
      'reconfigure beta',
      'reorder alpha',
      'install beta',
      'remove alpha',
    ]);
    expect(plan?.targets[0]?.impact?.map(({ cost }) => cost)).toEqual([
      { vms: 1, compileMs: 2, memoryBytes: 65_536 },
    ]);
  });

  test('every fault of every kind is told at once: modules, bindings, the target, and trials of the rest', async () => {
    const at = target();
    at.remarks = [error('WC-TARGET')];
    const faulty = fleet(
      [filterSpec('alpha'), filterSpec('beta'), filterSpec('gamma')],
      [binding('one', ['alpha', 'beta', 'gamma']), binding('nobody', ['alpha'])],
    );
    const from = source({ load: { alpha: 'WC-MODULE' }, trial: { gamma: 'WC-TRIAL' } });
    const { plan, diagnostics } = await planned(at, faulty, from);
    expect(plan).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toEqual(['WC-MODULE', 'WC-PLAN-001', 'WC-TARGET', 'WC-TRIAL']);
    expect(from.tried).toEqual(['beta', 'gamma']);
    expect(at.applied).toEqual([]);
  });

  test('with a fault elsewhere also what stays is tried', async () => {
    const at = target();
    await install(at, plain);
    const wider = fleet(plain.filters, [...plain.bindings, binding('nobody', ['alpha'])]);
    const from = source({ trial: { beta: 'WC-TRIAL' } });
    expect((await planned(at, wider, from)).diagnostics.map((d) => d.code)).toEqual([
      'WC-PLAN-001',
      'WC-TRIAL',
    ]);
  });

  test('a target that cannot be read ends the loading too, which is waited for', async () => {
    const at = target();
    let ended = false;
    const slow: FilterSource = {
      ...source(),
      load: (_filter, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(signal.reason as Error);
          });
        }),
    };
    const away = { ...at, observe: () => Promise.reject(new Error('away')) };
    await expect(planned(away, plain, slow)).rejects.toThrow('away');
    expect(ended).toBe(true);
  });

  test('remarks are kept in the plan', async () => {
    const at = target();
    at.remarks = [{ severity: 'warning', code: 'WC-NOTE', summary: 'mind' }];
    expect((await planned(at, plain)).plan?.warnings).toEqual(at.remarks);
  });
});
