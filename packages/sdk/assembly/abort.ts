import { proxy_log } from './abi/env';
import { SCRATCH_SIZE, scratchSpace, writeUnits } from './abi/utf8';

/**
 * What AssemblyScript calls before it traps: says why and where in the proxy's log (level critical), then traps. Allocates
 * nothing, since running out of memory also ends here; what does not fit is cut.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const base = scratchSpace();
  let end = writeCut(changetype<usize>(message), base);
  // ' at '
  store<u32>(end, 0x20746120);
  end = writeCut(changetype<usize>(file), end + 4);
  end = writeNumber(line, end);
  end = writeNumber(column, end);
  proxy_log(5, base, end - base);
  unreachable();
}

/** Writes as much of a string as half of the space can take, less what the rest of the line needs. */
function writeCut(text: usize, to: usize): usize {
  if (text == 0) return to;
  const room = (SCRATCH_SIZE - 64) / 6;
  return writeUnits(text, min(<usize>changetype<string>(text).length, room), to);
}

/** Writes `:` and the decimal digits of `value`. */
function writeNumber(value: u32, to: usize): usize {
  store<u8>(to++, 0x3a);
  let scale: u32 = 1;
  while (value / scale >= 10) scale *= 10;
  for (; scale > 0; scale /= 10) store<u8>(to++, 0x30 + ((value / scale) % 10));
  return to;
}
