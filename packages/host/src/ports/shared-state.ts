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
 * values are byte strings. Nothing is ever deleted, as the ABI has no call for it: dropping the object is the way.
 */
export class SharedState {
  readonly #data = new Map<string, Map<string, { value: string; cas: number }>>();
  readonly #queueIds = new Map<string, number>();
  readonly #queues = new Map<number, Queue>();
  #lastCas = 0;
  #lastQueue = 0;
  #bytes = 0;

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
    const key = JSON.stringify([vmId, name]);
    const known = this.#queueIds.get(key);
    if (known !== undefined) {
      (this.#queues.get(known) as Queue).notify = notify;
      return known;
    }
    const id = ++this.#lastQueue;
    this.#queueIds.set(key, id);
    this.#queues.set(id, { items: [], notify });
    return id;
  }

  /** The id of a registered queue. */
  resolve(vmId: string, name: string): number | undefined {
    return this.#queueIds.get(JSON.stringify([vmId, name]));
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
