import type { KubeClient } from '../api/client.ts';
import { proxyContainer } from '../verify/admin.ts';
import { readTraps } from '../verify/crashes.ts';

const maxLogBytes = 512 * 1024;

/** Counts the deaths of VMs in the log of one proxy, each line once: no counter of Envoy tells them. */
export class TrapCounter {
  readonly #pod: { readonly namespace: string; readonly name: string };
  /** Up to where the log was read, in milliseconds since the epoch, by the clock of the node. */
  #readTo: number;
  #count = 0;

  constructor(pod: { readonly namespace: string; readonly name: string }, startedAt: number) {
    this.#pod = pod;
    this.#readTo = startedAt;
  }

  /** Reads on. Undefined if the log cannot be read. */
  async read(client: KubeClient, signal: AbortSignal): Promise<number | undefined> {
    const after = this.#readTo;
    const of = { ...this.#pod, container: proxyContainer, since: new Date(after), maxBytes: maxLogBytes };
    let log: string;
    try {
      log = await client.log(of, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
    // The last line may have been cut off.
    const whole = log.slice(0, log.lastIndexOf('\n') + 1);
    this.#count += readTraps(whole).filter(({ at }) => at > after).length;
    const last = Date.parse(whole.trimEnd().split('\n').at(-1)?.split(' ', 1)[0] ?? '');
    if (last > after) this.#readTo = last;
    return this.#count;
  }
}
