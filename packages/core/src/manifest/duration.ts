const pattern = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** The form that {@link parseDuration} reads, for a JSON Schema. */
export const durationPattern = '^(?=\\d)(\\d{1,6}h)?(\\d{1,6}m)?(\\d{1,6}s)?$';

/** Milliseconds of a duration such as `10m`, `90s` or `1h30m`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = text === '' ? null : pattern.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}
