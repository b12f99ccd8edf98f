import * as z from 'zod';
import { type Sha256, parseSha256 } from '../digest.ts';
import type { FilterSpec } from '../model/fleet.ts';

/** What a filter was when the lock was written. */
export interface LockedFilter {
  readonly module: Sha256;
  /** Bytes of the module. */
  readonly size: number;
  /** Present if the manifest names an image. */
  readonly image?: LockedImage;
  readonly abi?: string;
  /** `name version`. */
  readonly sdk?: string;
  /** Compiler and version. */
  readonly toolchain?: string;
  /** Functions that the module imports, as `module.name`, sorted. */
  readonly imports: readonly string[];
}

/** An image that a tag was resolved to. */
export interface LockedImage {
  /** As the manifest names it. */
  readonly reference: string;
  /** Of the manifest that a proxy ends at. */
  readonly digest: Sha256;
  /** Of the index that the reference led through. */
  readonly index?: Sha256;
}

/** `wasmcast.lock`: every filter of a fleet by the digests that it had when somebody last moved them on purpose. */
export interface Lock {
  readonly version: 1;
  readonly fleet: string;
  readonly filters: Readonly<Record<string, LockedFilter>>;
}

/** A lock that was read, or the reason why it is none. */
export type ParsedLock =
  | { readonly kind: 'lock'; readonly lock: Lock }
  | { readonly kind: 'invalid'; readonly reason: string };

const sha256 = z.string().refine((text) => /^[0-9a-f]{64}$/.test(text), 'expected 64 hex digits');
const schema = z.strictObject({
  version: z.literal(1),
  fleet: z.string(),
  filters: z.record(
    z.string(),
    z.strictObject({
      module: sha256,
      size: z.int().nonnegative(),
      image: z.strictObject({ reference: z.string(), digest: sha256, index: sha256.optional() }).optional(),
      abi: z.string().optional(),
      sdk: z.string().optional(),
      toolchain: z.string().optional(),
      imports: z.array(z.string()),
    }),
  ),
});

/** Reads the text of a lock, which may come from anywhere. */
export function parseLock(text: string): ParsedLock {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { kind: 'invalid', reason: 'it is not JSON' };
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return { kind: 'lock', lock: parsed.data as unknown as Lock };
  const [issue] = parsed.error.issues;
  return { kind: 'invalid', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}` };
}

/** The text of a lock: keys in a fixed order, one fact a line, so that equal locks are equal text and diffs are short. */
export function lockText(lock: Lock): string {
  const filters = Object.entries(lock.filters)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { module, size, image, abi, sdk, toolchain, imports }]) => [
      name,
      { image, module, size, abi, sdk, toolchain, imports: imports.toSorted() },
    ]);
  const { version, fleet } = lock;
  return `${JSON.stringify({ version, fleet, filters: Object.fromEntries(filters) as object }, undefined, 2)}\n`;
}

/** The image digest that a filter is held to: only while the manifest still names the reference that was locked. */
export function lockedDigest(lock: Lock | undefined, filter: FilterSpec): Sha256 | undefined {
  if (lock === undefined || filter.module.kind !== 'image') return undefined;
  const image = lockedFilter(lock, filter.name)?.image;
  return image?.reference === filter.module.reference ? parseSha256(image.digest) : undefined;
}

/** The entry of a filter. */
export function lockedFilter(lock: Lock, name: string): LockedFilter | undefined {
  return Object.hasOwn(lock.filters, name) ? lock.filters[name] : undefined;
}
