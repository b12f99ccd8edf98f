import { readFileSync } from 'node:fs';
import { kinds } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import type { Source } from '../effective/sources.ts';

/** What a real cluster showed, kept as it was but for what nobody reads here. */

export function recordedText(name: string): string {
  return readFileSync(new URL(`../../testdata/recorded/${name}`, import.meta.url), 'utf8');
}

/** Objects of the recorded cluster that put filters into proxies. */
export function recordedSources(name: string): readonly Source[] {
  const objects = JSON.parse(recordedText(name)) as readonly SpecObject[];
  return objects.map((object) => ({ kind: kinds[object.kind as keyof typeof kinds], object }));
}
