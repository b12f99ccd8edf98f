import type { FilterVerdict } from '@wasmcast/core';
import type { ModuleUse } from './module-uses.ts';

/**
 * Envoy's words when it does not take a discovered configuration. It goes on with the one before, but its dump of
 * `ecds_filters` shows the one that it refused, as if that ran: seen with Envoy 1.40.
 */
const refusal =
  /TypedExtensionConfig rejected: (.{0,300}?Unable to create Wasm plugin (\S+).{0,300}?)(?:\tthread=\d+)?$/;

/** A discovered configuration that Envoy refused. */
export interface Refusal {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Name of the plugin, which is the end of its resource's name. */
  readonly plugin: string;
  /** Envoy's own words. */
  readonly what: string;
}

/** Reads a log whose lines begin with a time. */
export function readRefusals(log: string): readonly Refusal[] {
  return log.split('\n').flatMap((line): Refusal[] => {
    const [, what, plugin] = refusal.exec(line) ?? [];
    if (what === undefined || plugin === undefined) return [];
    return [{ at: Date.parse(line.slice(0, line.indexOf(' '))), plugin, what }];
  });
}

/** Turns `live` into `wrong-config` for filters whose configuration, as the dump shows it, was refused after it came. */
export function judgeRefusals(
  verdicts: readonly FilterVerdict[],
  uses: readonly ModuleUse[],
  refusals: readonly Refusal[],
): readonly FilterVerdict[] {
  return verdicts.map((verdict) => {
    if (verdict.verdict !== 'live') return verdict;
    const { resource } =
      uses.find(({ filter, direction }) => filter === verdict.filter && direction === verdict.direction) ??
      {};
    const refused =
      resource &&
      refusals.findLast(({ at, plugin }) => at >= resource.since && resource.name.endsWith(plugin));
    if (refused === undefined) return verdict;
    const evidence = `Envoy refused it, and goes on with what it had before: ${refused.what}`;
    return { ...verdict, verdict: 'wrong-config', evidence };
  });
}
