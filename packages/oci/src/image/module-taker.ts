/**
 * What is made of a module while it arrives: its bytes, `size` of them unless the layer is not what it claims. It is run again
 * when those bytes turn out to be others than those that were asked for, and what it made before is then forgotten.
 */
export type ModuleTaker<T extends object> = (bytes: AsyncIterable<Uint8Array>, size: number) => Promise<T>;

/** The module as one piece. Sizes are told by others: what is reserved becomes memory only as it is filled (zeroed pages). */
export const inMemory: ModuleTaker<Uint8Array> = async (bytes, size) => {
  const filled = new Uint8Array(size);
  let have = 0;
  for await (const piece of bytes) {
    filled.set(piece, have);
    have += piece.length;
  }
  return filled.subarray(0, have);
};
