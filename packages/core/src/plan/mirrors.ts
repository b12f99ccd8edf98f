import type { PinnedImage } from '../model/filter.ts';
import type { ImageMirror } from '../model/fleet.ts';

/** True if `prefix` names the whole repository, or whole leading parts of it: `a.example/b` is in `a.example/b/c`, not in `a.example/bc`. */
export function isWithin(repository: string, prefix: string): boolean {
  return repository === prefix || repository.startsWith(`${prefix}/`);
}

/** The image as proxies with these mirrors pull it: the longest `from` that fits is replaced, the digest stays. */
export function mirrored(image: PinnedImage, mirrors: readonly ImageMirror[]): PinnedImage {
  return rewritten(image, mirrors, ({ from, to }) => [from, to]);
}

/** The image as the manifest knows it, from what proxies with these mirrors pull: the way back of {@link mirrored}. */
export function original(image: PinnedImage, mirrors: readonly ImageMirror[]): PinnedImage {
  return rewritten(image, mirrors, ({ from, to }) => [to, from]);
}

function rewritten(
  image: PinnedImage,
  mirrors: readonly ImageMirror[],
  ways: (mirror: ImageMirror) => readonly [from: string, to: string],
): PinnedImage {
  const [repository = ''] = image.reference.split('@');
  const [best] = mirrors
    .map(ways)
    .filter(([from]) => isWithin(repository, from))
    .toSorted(([a], [b]) => b.length - a.length);
  if (best === undefined) return image;
  const [from, to] = best;
  return { ...image, reference: `${to}${image.reference.slice(from.length)}` };
}
