/** The nearest double to a JSON numeral. */
export function parseDecimal(text: string): f64 {
  return parseFloat(text);
}
