/** Name of the custom section in which `buildFilter` says what built the module. */
export const buildNoteSection = 'wasmcast';

/** What the section says, as JSON. Nothing in it depends on the time or the machine. */
export interface BuildNote {
  readonly compiler: { readonly name: string; readonly version: string };
  /** Absent when the filter does not import the SDK. */
  readonly sdk?: { readonly name: string; readonly version: string };
  readonly mode: 'release' | 'debug';
}

/** The section's payload. */
export function encodeBuildNote(note: BuildNote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(note));
}

/** Reads a payload; `undefined` for anything that `encodeBuildNote` does not write: anybody can add such a section. */
export function decodeBuildNote(payload: Uint8Array): BuildNote | undefined {
  if (payload.length > 4096) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    const note = value as Partial<BuildNote> | null;
    if (typeof note !== 'object' || note === null) return undefined;
    const { compiler, sdk, mode } = note;
    if (mode !== 'release' && mode !== 'debug') return undefined;
    if (!isNamed(compiler) || (sdk !== undefined && !isNamed(sdk))) return undefined;
    return { compiler: pick(compiler), ...(sdk === undefined ? {} : { sdk: pick(sdk) }), mode };
  } catch {
    return undefined;
  }
}

function isNamed(value: unknown): value is { name: string; version: string } {
  const named = value as { name?: unknown; version?: unknown } | null;
  return typeof named === 'object' && typeof named?.name === 'string' && typeof named.version === 'string';
}

function pick(named: { name: string; version: string }): { name: string; version: string } {
  return { name: named.name, version: named.version };
}
