import { type Arbitrary, array, constantFrom, nat, record, tuple } from 'fast-check';

/** One of some modules, damaged: bytes replaced, removed, inserted, and the rest cut off. The header stays. */
export function mutated(modules: readonly Uint8Array[]): Arbitrary<Uint8Array> {
  const edits = array(
    record({
      kind: constantFrom(
        'set' as const,
        'set' as const,
        'remove' as const,
        'insert' as const,
        'cut' as const,
      ),
      at: nat(),
      value: nat(255),
    }),
    { minLength: 1, maxLength: 4 },
  );
  return tuple(constantFrom(...modules), edits).map(([module, changes]) => {
    const bytes = [...module];
    for (const { kind, at, value } of changes) {
      const place = 8 + (at % Math.max(bytes.length - 8, 1));
      if (kind === 'set') bytes[place] = value;
      else if (kind === 'remove') bytes.splice(place, 1);
      else if (kind === 'insert') bytes.splice(place, 0, value);
      else if (value % 8 === 0) bytes.length = place;
    }
    return Uint8Array.from(bytes);
  });
}
