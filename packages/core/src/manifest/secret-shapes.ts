/**
 * What looks like a secret. A guess, on purpose cheap: it warns, and it keeps the value out of the source lines that
 * diagnostics show. It refuses nothing.
 */
const keyPattern =
  /(?:pass(?:word|wd|phrase)|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization)s?$/i;

/** Every repetition is bounded: these run over texts of megabytes. */
const valuePatterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10}/,
  // A URL with a password.
  /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/@:]{0,200}:[^\s/@]{1,200}@/i,
  /\beyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10}/,
];

/** The manifest's own keys that end like a secret and hold only a name. */
const namesOnly = new Set(['pullSecret']);

/** True for a key such as `password`, `apiKey` or `client_secret`. */
export function isSecretKey(key: string): boolean {
  return !namesOnly.has(key) && keyPattern.test(key);
}

/** True for a text that has the shape of a private key or of a well-known kind of token. */
export function isSecretText(text: string): boolean {
  return valuePatterns.some((pattern) => pattern.test(text));
}
