import { kinds } from '../api/kinds.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import type { ImageKind } from '../versions/knowledge.ts';
import { knowledgeFor, releaseOfWorkload } from '../versions/workload-release.ts';
import { ownedBy } from './owned.ts';

/**
 * Which kind of object carries the images of a workload. By itself it is what the workload has already, for a change of
 * kind would interrupt it; else the newest that its own istiod is known to understand.
 */
export function imageKindFor(
  workload: NativeWorkload,
  native: Native,
  { imageResource }: Pick<IstioSettings, 'imageResource'>,
): ImageKind {
  if (imageResource !== 'auto') return imageResource;
  const standing = ownedBy(native.owned, workload.id).map(({ owned }) => owned.kind);
  if (standing.includes(kinds.WasmPlugin)) return 'WasmPlugin';
  if (standing.includes(kinds.TrafficExtension)) return 'TrafficExtension';
  const release = releaseOfWorkload(workload, native);
  if (release.control === undefined || !native.hasTrafficExtension) return 'WasmPlugin';
  return knowledgeFor(release).imageKinds.at(-1) ?? 'WasmPlugin';
}
