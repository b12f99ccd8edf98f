/** A line of the journal. `intent` is on disk before the effect begins, the outcome after it ended. */
export type JournalEntry =
  | { readonly kind: 'begin'; readonly rollout: string; readonly by: string; readonly plan: unknown }
  | { readonly kind: 'intent'; readonly rollout: string; readonly step: string }
  | { readonly kind: 'done'; readonly rollout: string; readonly step: string }
  | { readonly kind: 'failed'; readonly rollout: string; readonly step: string; readonly error: string }
  | { readonly kind: 'end'; readonly rollout: string; readonly outcome: string };

/**
 * An append-only record of what a rollout was about to do and did, for one fleet on one target. It is for people: how far a
 * rollout came is what the target itself remembers and shows.
 */
export interface Journal extends AsyncDisposable {
  /** Returns when the entry is on disk. */
  append(entry: JournalEntry): Promise<void>;
}
