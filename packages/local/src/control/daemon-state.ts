import { WasmcastError, type LockHolder, type Revision } from '@wasmcast/core';

/** Revisions that a fleet may keep here. */
const maxRevisions = 1_000;

/** Locks and revisions of the fleets on a mesh. They live as long as the chains that they speak of: in the daemon's memory. */
export class DaemonState {
  readonly #locks = new Map<string, LockHolder>();
  readonly #revisions = new Map<string, Map<number, Revision>>();

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
}
