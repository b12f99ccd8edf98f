import { z } from 'zod';
import { durationPattern, parseDuration } from '../duration.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

const labelHelp = (max: number): string =>
  `use lower-case letters, digits and \`-\`, beginning and ending with a letter or digit, at most ${max} characters`;

/** A name that is an RFC 1123 label. The message of a fault is what to do about it, as everywhere in the schema. */
export function labelName(max: number): z.ZodString {
  return z
    .string()
    .min(1, labelHelp(max))
    .regex(new RegExp(`^(${label})?$`), labelHelp(max))
    .max(max, labelHelp(max));
}

/** A name of a Kubernetes object: an RFC 1123 subdomain. */
export function objectName(): z.ZodString {
  const help =
    'use the name of a Kubernetes object: lower-case letters, digits, `-` and `.`, at most 253 characters';
  return z
    .string()
    .min(1, help)
    .regex(new RegExp(`^(${label}(\\.${label})*)?$`), help)
    .max(253, help);
}

/** A text that is there, on one line. */
export function line(max: number, what: string): z.ZodString {
  const help = `write ${what}: at most ${max} characters, no line breaks or control characters`;
  return z
    .string()
    .min(1, help)
    .regex(/^[ -~\u00a0-\uffff]*$/, help)
    .max(max, help);
}

/** Labels as Kubernetes has them; keys and values are checked one by one in checks/labels.ts. */
export function labels(description: string): z.ZodRecord<z.ZodString, z.ZodString> {
  return z.record(z.string(), z.string()).describe(description);
}

/** A repository without tag and digest, with its registry: `registry.example/team`; or a registry alone. */
export function repository(): z.ZodString {
  const help = 'write `registry/path` or `registry`, in lower case, without scheme, tag and digest';
  return z
    .string()
    .max(255, help)
    .regex(/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/, help);
}

const durationHelp = 'write hours, minutes and seconds like `10m`, `90s` or `1h30m`, from 1s to 24h';

/** A time from a second to a day. */
export function duration(): z.ZodString {
  return z.string().refine(isDuration, durationHelp).meta({ pattern: durationPattern });
}

function isDuration(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= 1000 && ms <= 24 * 3_600_000;
}

const percentHelp = 'write a percentage in quotes, like `1%` or `0.5%`';

/** A share as people write it: `0.5%`, at most `100%`. */
export function percentage(): z.ZodString {
  return z.string().regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, percentHelp);
}
