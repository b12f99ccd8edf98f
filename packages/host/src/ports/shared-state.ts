import { Status } from '../abi/status.ts';

/** A queue: its content, and who is told when something arrives (the last one that registered it). */
interface Queue {
  readonly items: string[];
  notify: (queue: number) => void;
}

/** How much shared data and queues may hold together, so that a filter cannot eat the host's memory. */
const maxBytes = 256 * 1024 * 1024;

/** What an entry costs beside its bytes, so that empty ones are bounded too. */
const entryCost = 64;

/**
 * Data and queues that all VMs with the same vm_id share (cpp-host src/shared_data.cc, src/shared_queue.cc). Keys and
 * values are byte strings. The ABI has no call to delete anything; all of a vm_id goes with the last VM that has it.
 */
export class SharedState {
  readonly #data = new Map<string, Map<string, { value: string; cas: number }>>();
  /** By vm_id and name. */
  readonly #queueIds = new Map<string, Map<string, number>>();
  readonly #users = new Map<string, number>();
  readonly #queues = new Map<number, Queue>();
  #lastCas = 0;
  #lastQueue = 0;
  #bytes = 0;

  /** A VM of this id lives now. */
  retain(vmId: string): void {
    this.#users.set(vmId, (this.#users.get(vmId) ?? 0) + 1);
  }

  /** A VM of this id has gone; with the last one go its data and queues (cpp-host src/vm_id_handle.cc). */
  release(vmId: string): void {
    const left = (this.#users.get(vmId) ?? 1) - 1;
    this.#users.set(vmId, left);
    if (left > 0) return;
    this.#users.delete(vmId);
    for (const [key, { value }] of this.#data.get(vmId) ?? [])
      this.#bytes -= key.length + value.length + entryCost;
    this.#data.delete(vmId);
    for (const id of this.#queueIds.get(vmId)?.values() ?? []) {
      for (const item of this.#queues.get(id)?.items ?? []) this.#bytes -= item.length + entryCost;
      this.#queues.delete(id);
    }
    this.#queueIds.delete(vmId);
  }

  /** The value and its compare-and-swap number, which is never 0. */
  get(vmId: string, key: string): { readonly value: string; readonly cas: number } | undefined {
    return this.#data.get(vmId)?.get(key);
  }

  /** Sets a value. `cas` is checked only when it is not 0 and the key exists: on an absent key any number succeeds. */
  set(vmId: string, key: string, value: string, cas: number): Status {
    let data = this.#data.get(vmId);
    if (data === undefined) this.#data.set(vmId, (data = new Map()));
    const entry = data.get(key);
    if (entry !== undefined && cas !== 0 && cas !== entry.cas) return Status.CasMismatch;
    const grown = value.length + (entry === undefined ? key.length + entryCost : -entry.value.length);
    if (this.#bytes + grown > maxBytes) return Status.InternalFailure;
    this.#bytes += grown;
    this.#lastCas = this.#lastCas === 0xffff_ffff ? 1 : this.#lastCas + 1;
    data.set(key, { value, cas: this.#lastCas });
    return Status.Ok;
  }

  /** Makes a queue or finds it; from now on `notify` hears of its arrivals. The content stays. */
  register(vmId: string, name: string, notify: (queue: number) => void): number {
    let ids = this.#queueIds.get(vmId);
    if (ids === undefined) this.#queueIds.set(vmId, (ids = new Map()));
    const known = ids.get(name);
    if (known !== undefined) {
      (this.#queues.get(known) as Queue).notify = notify;
      return known;
    }
    const id = ++this.#lastQueue;
    ids.set(name, id);
    this.#queues.set(id, { items: [], notify });
    return id;
  }

  /** The id of a registered queue. */
  resolve(vmId: string, name: string): number | undefined {
    return this.#queueIds.get(vmId)?.get(name);
  }

  /** Adds to a queue and tells its consumer. */
  enqueue(id: number, value: string): Status {
    const queue = this.#queues.get(id);
    if (queue === undefined) return Status.NotFound;
    if (this.#bytes + value.length + entryCost > maxBytes) return Status.InternalFailure;
    this.#bytes += value.length + entryCost;
    queue.items.push(value);
    queue.notify(id);
    return Status.Ok;
  }

  /** Takes the oldest item, or says that the queue does not exist (NotFound) or has none (Empty). */
  dequeue(id: number): string | typeof Status.NotFound | typeof Status.Empty {
    const queue = this.#queues.get(id);
    if (queue === undefined) return Status.NotFound;
    const item = queue.items.shift();
    if (item === undefined) return Status.Empty;
    this.#bytes -= item.length + entryCost;
    return item;
  }
}
