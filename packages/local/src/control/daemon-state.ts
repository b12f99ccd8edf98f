import {
  WasmcastError,
  type LockHolder,
  type Revision,
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
  type StoredRollout,
} from '@wasmcast/core';

/** Revisions that a fleet may keep here. */
const maxRevisions = 1_000;

/** Locks, revisions and unfinished rollouts of the fleets on a mesh. They live as long as the chains that they speak of: in the daemon's memory. */
export class DaemonState {
  readonly #locks = new Map<string, LockHolder>();
  readonly #revisions = new Map<string, Map<number, Revision>>();
  readonly #rollouts = new Map<string, StoredRollout>();

  holder(fleet: string): LockHolder | undefined {
    return this.#locks.get(fleet);
  }

  /** Throws `WC-LOCK-001` when somebody has it. */
  acquire(fleet: string, holder: LockHolder): void {
    const other = this.#locks.get(fleet);
    if (other !== undefined)
      throw new WasmcastError(
        'WC-LOCK-001',
        `${other.owner} has been changing fleet ${fleet} here since ${other.since}`,
        { help: `wait, or if that rollout is dead: wasmcast unlock ${other.nonce}` },
      );
    this.#locks.set(fleet, holder);
  }

  /** Lets go of the lock if this nonce holds it; false if it does not. */
  release(fleet: string, nonce: string): boolean {
    return this.#locks.get(fleet)?.nonce === nonce && this.#locks.delete(fleet);
  }

  /** Oldest first. */
  revisions(fleet: string): readonly Revision[] {
    return [...(this.#revisions.get(fleet)?.values() ?? [])].toSorted((a, b) => a.number - b.number);
  }

  /** Throws `WC-REV-001` if the number is taken. */
  putRevision(revision: Revision): void {
    const revisions = this.#revisions.get(revision.fleet) ?? new Map<number, Revision>();
    if (revisions.has(revision.number))
      throw new WasmcastError(
        'WC-REV-001',
        `fleet ${revision.fleet} has a revision ${revision.number} already`,
        { help: 'somebody rolled out meanwhile: plan again' },
      );
    if (revisions.size >= maxRevisions)
      throw new WasmcastError('WC-LOC-007', `more than ${maxRevisions} revisions of fleet ${revision.fleet}`);
    revisions.set(revision.number, revision);
    this.#revisions.set(revision.fleet, revisions);
  }

  deleteRevisions(fleet: string, numbers: readonly number[]): void {
    for (const number of numbers) this.#revisions.get(fleet)?.delete(number);
  }

  rollout(fleet: string): StoredRollout | undefined {
    return this.#rollouts.get(fleet);
  }

  /** Throws `WC-ROLL-010` unless the record that `over` names stands here; undefined: none. */
  putRollout(record: RolloutRecord, over: RolloutStamp | undefined): void {
    const { fleet, id } = record;
    const old = this.#standing(fleet, over);
    this.#rollouts.set(fleet, old?.record.id === id ? { ...old, record } : { record });
  }

  /** False if the rollout with this id is not here. */
  askRollout(fleet: string, id: string, request: RolloutRequest): boolean {
    const old = this.#rollouts.get(fleet);
    if (old?.record.id !== id) return false;
    this.#rollouts.set(fleet, { ...old, request });
    return true;
  }

  /** Throws `WC-ROLL-010` unless this record stands here. */
  deleteRollout(fleet: string, stamp: RolloutStamp): void {
    this.#standing(fleet, stamp);
    this.#rollouts.delete(fleet);
  }

  #standing(fleet: string, stamp: RolloutStamp | undefined): StoredRollout | undefined {
    const standing = this.#rollouts.get(fleet);
    if (standing?.record.id === stamp?.id && standing?.record.version === stamp?.version) return standing;
    throw new WasmcastError('WC-ROLL-010', `somebody else took over the rollout of fleet ${fleet}`, {
      help: 'look at `wasmcast status`',
    });
  }
}
