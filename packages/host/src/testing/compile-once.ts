import { createHash } from 'node:crypto';
import { compileModule, type CompileResult } from '../module/compile.ts';

/** How many modules are kept. A file of tests has one or two. */
const maxKept = 16;

const kept = new Map<string, Promise<CompileResult>>();

/** As `compileModule`, once for all the tests of a process that load the same bytes: what runs in a VM is never shared. */
export function compileOnce(
  bytes: Uint8Array,
  options: { readonly maxPages?: number; readonly sourceMap?: string },
): Promise<CompileResult> {
  const hash = createHash('sha256').update(bytes);
  const key = hash.update(JSON.stringify([options.maxPages, options.sourceMap])).digest('hex');
  const known = kept.get(key);
  if (known !== undefined) return known;
  const [oldest] = kept.keys();
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
  const compiling = compileModule(bytes, options);
  kept.set(key, compiling);
  return compiling;
}
