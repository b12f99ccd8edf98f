import { ByteReader, Malformed } from './byte-reader.ts';
import { visitExpression } from './instructions.ts';
import { readValueType } from './read-types.ts';
import type { Feature, Stretch, WasmModule } from './wasm-module.ts';

/** What one function's body does. */
export interface BodyScan {
  /** Functions that it calls directly. */
  readonly calls: ReadonlySet<number>;
  /** It calls through a table or a reference. */
  readonly indirect: boolean;
  /** Functions whose reference it takes. */
  readonly references: ReadonlySet<number>;
  readonly features: ReadonlySet<Feature>;
  /** False when an instruction was met that this reader does not know: nothing can be said about the rest. */
  readonly complete: boolean;
}

/** Passes over the body of one function that is not imported; `index` counts in the space of all functions. */
export function scanFunction(module: WasmModule, index: number): BodyScan {
  const body: Stretch = module.bodies[index - module.importedFunctions] ?? { offset: 0, size: 0 };
  const calls = new Set<number>();
  const references = new Set<number>();
  const features = new Set<Feature>();
  let indirect = false;
  let complete = true;
  try {
    const reader = new ByteReader(module.bytes, body.offset, body.offset + body.size);
    for (let left = reader.count('locals', 50_000, 2); left > 0; left -= 1) {
      reader.u32('the number of locals');
      readValueType(reader, features);
    }
    visitExpression(reader, {
      features,
      call: (callee) => void calls.add(callee),
      indirectCall: () => void (indirect = true),
      reference: (referee) => void references.add(referee),
    });
    complete = reader.remaining === 0;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    complete = false;
  }
  return { calls, indirect, references, features, complete };
}

/** How host functions can be reached from a function: by which chain of calls, certainly or perhaps. */
export interface HostCall {
  /** Index of the import that is reached; absent when only the possibility is known. */
  readonly import?: number;
  readonly certainty: 'direct' | 'possible';
}

/**
 * Whether a function can reach a host call, over the whole call graph. A call through a table can reach any function
 * whose reference is taken anywhere; code that cannot be read can reach anything.
 */
export function reachableHostCall(module: WasmModule, from: number): HostCall | undefined {
  const seen = new Set<number>();
  const pending = [from];
  const tables = new Set(module.referenced);
  let indirect = false;
  let certainty: HostCall['certainty'] = 'direct';
  for (;;) {
    const index = pending.pop();
    if (index === undefined) {
      // Only when nothing else is left: what is found before is certain.
      if (!indirect || certainty === 'possible') return undefined;
      certainty = 'possible';
      for (const target of tables) pending.push(target);
      continue;
    }
    if (seen.has(index)) continue;
    seen.add(index);
    if (index < module.importedFunctions) return { import: index, certainty };
    const scan = scanFunction(module, index);
    if (!scan.complete) return { certainty: 'possible' };
    for (const callee of scan.calls) pending.push(callee);
    if (scan.indirect) indirect = true;
    for (const target of scan.references) {
      tables.add(target);
      if (certainty === 'possible') pending.push(target);
    }
  }
}
