import { manifestCodes, type ManifestCode } from '../codes.ts';

/** What is wrong with a scalar, or undefined. */
export interface ScalarFault {
  readonly code: ManifestCode;
  readonly summary: string;
  readonly help: string;
}

/** YAML 1.1's `!!timestamp`: what its readers turn into a date. */
const timestamp =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::?\d{2})?))?)?$/;
const leadingZero = /^[-+]?0\d/;
const decimal = /^[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;
const shown = 40;

/** A number that JSON, or the doubles behind it, would not carry as it is written. */
export function numberFault(value: number, written: string): ScalarFault | undefined {
  const text = clip(written);
  const help = `put it in quotes to pass it on as text: "${text}"`;
  if (!Number.isFinite(value)) {
    return { code: manifestCodes.lossyNumber, summary: `\`${text}\` is no number that JSON has`, help };
  }
  if (leadingZero.test(written)) {
    const summary = `\`${text}\` is read as ${clip(String(value))} here and as an octal number by other YAML readers`;
    return { code: manifestCodes.ambiguousScalar, summary, help };
  }
  const unsafe =
    Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(written.replace(/^0x.*/, ''));
  if (unsafe || changes(value, written)) {
    const summary = `the number ${text} would arrive as ${String(value)}`;
    const still =
      String(value) === written ? `the number ${text} is too large for an exact integer` : summary;
    return { code: manifestCodes.lossyNumber, summary: still, help };
  }
  return undefined;
}

/** A plain text that other YAML readers take for something else. */
export function plainTextFault(text: string): ScalarFault | undefined {
  if (text.length > shown || !timestamp.test(text)) return undefined;
  return {
    code: manifestCodes.ambiguousScalar,
    summary: `\`${text}\` is a timestamp to some YAML readers and text to others`,
    help: `put it in quotes: "${text}"`,
  };
}

/** True if the decimal digits that were written are not those of the double. */
function changes(value: number, written: string): boolean {
  const before = digits(written);
  const after = digits(String(value));
  return before !== undefined && after !== undefined && before !== after;
}

/** Significant digits and exponent of a decimal number, the same text for the same number. */
function digits(text: string): string | undefined {
  const match = decimal.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const all = `${match[1] ?? ''}${fraction}`.replace(/^0+/, '');
  let end = all.length;
  while (end > 0 && all[end - 1] === '0') end--;
  if (end === 0) return '0';
  return `${all.slice(0, end)}e${Number(match[3] ?? 0) - fraction.length + (all.length - end)}`;
}

function clip(text: string): string {
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}
