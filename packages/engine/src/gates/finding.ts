import { instanceAddress } from '@wasmcast/core';
import type { Watched } from './stats-history.ts';

/** What one bound has to say. `early`: it will be known in time. */
export interface Finding {
  readonly outcome: 'pass' | 'fail' | 'inconclusive' | 'early';
  readonly says: string;
}

/** The first instance that does not show something. One that only starts may not show it yet. */
export function missing(
  all: readonly Watched[],
  what: string,
  isShown: (watched: Watched) => boolean,
): readonly Finding[] {
  const blind = all.filter((watched) => !isShown(watched));
  const watched = blind.find(({ stats }) => stats.ready !== false) ?? blind[0];
  if (watched === undefined) return [];
  const { stats, settled, isFresh } = watched;
  const starting = stats.ready === false && !settled;
  const where = whereOf(watched);
  const says = isFresh
    ? `${where} is counted from here: it did not show ${what} before`
    : `${where} does not show ${what}: ${stats.fault ?? 'its proxy does not count them'}`;
  return [{ outcome: starting ? 'early' : 'inconclusive', says }];
}

/** Address of the instance. */
export function whereOf({ stats }: Watched): string {
  return instanceAddress(stats.instance);
}
