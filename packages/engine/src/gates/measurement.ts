/**
 * What a gate saw once. Data that are missing are `inconclusive`, never a pass; a measurement that did not come about is
 * an `error`.
 */
export interface Measurement {
  readonly outcome: 'pass' | 'fail' | 'inconclusive' | 'error';
  /** In words, with the numbers. */
  readonly says: string;
  /** Inconclusive only because it is too early: a pod that starts, a trend that needs a third point. */
  readonly early?: true;
}
