import { type JsonValue, type Target, canonicalJson } from '@wasmcast/core';
import { systemClock } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { standingFields, standingText } from '../views/standing-text.ts';
import type { View } from '../views/view.ts';
import { standingOf } from './standing.ts';

/** How often it is looked, in milliseconds. */
const lookEveryMs = 1000;

/** Tells how the rollouts of a fleet stand, whenever that changes, for as long as somebody runs one. */
export async function follow(
  fleet: string,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<void> {
  const told = new Map<string, string>();
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const standings = await Promise.all(targets.map((target) => standingOf(fleet, target, context.stop)));
    if (standings.every(({ holder }) => holder === undefined)) return;
    for (const standing of standings) {
      const { name } = standing.target;
      const fields = standingFields(standing);
      const text = canonicalJson(fields as JsonValue);
      if (standing.holder === undefined || told.get(name) === text) continue;
      told.set(name, text);
      view.progress('rollout', standingText(standing, view.paint).trimEnd(), fields);
    }
    // oxlint-disable-next-line no-await-in-loop
    await systemClock.sleep(lookEveryMs, context.stop);
  }
}
