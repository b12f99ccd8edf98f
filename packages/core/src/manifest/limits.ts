/** What a manifest may cost the reader. Each is far above what a real fleet needs. */
export const manifestLimits = {
  /** UTF-8 bytes of one file. */
  fileBytes: 4 * 1024 * 1024,
  /** Mappings and lists inside each other. */
  depth: 64,
  /** Documents of one file. */
  documents: 1000,
  /** Values that aliases may add to one document: what makes a small text unfold into gigabytes. */
  aliasedValues: 100_000,
  /** Faults that are reported in full; the rest is counted. */
  findings: 200,
  /** Places of one file that do not parse: after the first ones the parser only guesses. */
  syntaxFaults: 5,
} as const;
