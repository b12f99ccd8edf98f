/** Control characters, and those that reorder, hide or tag text (Trojan Source, CVE-2021-42574). */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line of text that a terminal shows as it is: tabs become a space, what could steer the terminal becomes U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(/[\t\n]/g, ' ').replaceAll(unprintable, '\ufffd');
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const zero = /^[\p{Mn}\p{Me}\ufe00-\ufe0f]$/u;

/** Columns that a text takes in a terminal: East Asian wide characters take two, combining marks none. An estimate. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}
