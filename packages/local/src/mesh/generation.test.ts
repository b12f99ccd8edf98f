import { describe, expect, it } from 'vitest';
import type { LoadedModule, PluginSettings, RunningPlugin } from './filter-runtime.ts';
import { Generation, PluginLease } from './generation.ts';

function lease(): { lease: PluginLease; ended: () => number } {
  let ended = 0;
  const plugin: RunningPlugin = {
    module: {} as LoadedModule,
    settings: {} as PluginSettings,
    dead: undefined,
    dispose: () => ended++,
  };
  return { lease: new PluginLease('f', 'key', plugin), ended: () => ended };
}

describe('a generation of a chain', () => {
  it('ends its plugins when it is retired and its last stream is over, once', () => {
    const one = lease();
    const generation = new Generation(1, [one.lease]);
    const [leaveFirst, leaveSecond] = [generation.enter(), generation.enter()];
    generation.retire();
    leaveFirst();
    leaveFirst();
    expect(one.ended()).toBe(0);
    leaveSecond();
    expect(one.ended()).toBe(1);
  });

  it('leaves a plugin alone that the next one shares', () => {
    const [shared, own] = [lease(), lease()];
    const old = new Generation(1, [shared.lease, own.lease]);
    const next = new Generation(2, [shared.lease]);
    old.retire();
    expect([shared.ended(), own.ended()]).toEqual([0, 1]);
    next.retire();
    expect(shared.ended()).toBe(1);
  });
});
