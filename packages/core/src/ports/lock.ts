/** Who holds a lock, as shown to whoever has to wait. */
export interface LockHolder {
  /** `user@host`. */
  readonly owner: string;
  /** RFC 3339. */
  readonly since: string;
  /** What a forced unlock must name. */
  readonly nonce: string;
  /** Names the process, for those who can tell whether it is still there. */
  readonly process?: string;
}

/** A lock that is held; disposing of it releases it. */
export interface HeldLock extends AsyncDisposable {
  readonly holder: LockHolder;
}

/** One rollout at a time for each fleet and target. The lock lives in the target, where every operator sees it. */
export interface LockPort {
  /** Throws `WC-LOCK-001`, naming the holder, when somebody else has it. */
  acquire(fleet: string, holder: LockHolder, signal: AbortSignal): Promise<HeldLock>;
  /** The present holder, if any. */
  holder(fleet: string, signal: AbortSignal): Promise<LockHolder | undefined>;
  /** Takes the lock away from a holder that is dead. `nonce` must be the present holder's; false if it is not. */
  break(fleet: string, nonce: string, signal: AbortSignal): Promise<boolean>;
}
