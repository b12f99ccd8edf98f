import { proxy_log } from './abi/env';
import { SCRATCH_SIZE, scratchSpace, writeUnits, writeUtf8 } from './abi/utf8';

/**
 * What AssemblyScript calls before it traps: says why and where in the proxy's log (level critical), then traps. Allocates
 * nothing, since running out of memory also ends here; what does not fit is cut.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const text: string = message === null ? 'aborted' : message;
  const place: string = file === null ? '' : file;
  const base = scratchSpace();
  // Three bytes a unit for both, and what the rest of the line takes.
  const units = <i32>(SCRATCH_SIZE - 40) / 6;
  let end = writeUnits(text, min(text.length, units), base);
  end = writeUtf8(' at ', end);
  end = writeUnits(place, min(place.length, units), end);
  end = writeNumber(line, end);
  end = writeNumber(column, end);
  proxy_log(5, base, end - base);
  unreachable();
}

/** Writes `:` and the decimal digits of `value`. */
function writeNumber(value: u32, to: usize): usize {
  store<u8>(to++, 0x3a);
  let scale: u32 = 1;
  while (value / scale >= 10) scale *= 10;
  for (; scale > 0; scale /= 10) store<u8>(to++, 0x30 + ((value / scale) % 10));
  return to;
}
