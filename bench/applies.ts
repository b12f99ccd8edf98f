import { type AuditEntry, type Cluster, auditEntries, auditMark } from '@wasmcast/testbed';
import type { Command } from './command.ts';
import type { Side } from './rounds.ts';

/** One way to apply the batch. */
export interface Applying {
  readonly name: string;
  readonly by: Command;
  apply(): Promise<unknown>;
}

/** Measures ways to apply the same batch to one cluster; what prepares a run is not timed. */
export class Applies {
  readonly #cluster: Cluster;
  readonly #removeAll: () => Promise<void>;
  readonly #requests = new Map<string, readonly AuditEntry[]>();
  #installedBy: string | undefined;

  constructor(cluster: Cluster, removeAll: () => Promise<void>) {
    this.#cluster = cluster;
    this.#removeAll = removeAll;
  }

  /** Applies to a cluster without any of it. */
  anew(how: Applying): Side {
    return {
      name: how.name,
      run: async () => {
        await this.#removeAll();
        return await this.#timed(how);
      },
    };
  }

  /** Applies what it has applied already. */
  again(how: Applying): Side {
    return {
      name: how.name,
      run: async () => {
        if (this.#installedBy !== how.name) {
          await this.#removeAll();
          await how.apply();
        }
        return await this.#timed(how);
      },
    };
  }

  /** What the last measured run asked of the API server. Discovery names no object and is not counted. */
  lastRequests(how: Applying): readonly AuditEntry[] {
    return this.#requests.get(how.name) ?? [];
  }

  async #timed(how: Applying): Promise<number> {
    const since = await auditMark(this.#cluster);
    const began = performance.now();
    await how.apply();
    const took = performance.now() - began;
    this.#installedBy = how.name;
    this.#requests.set(how.name, await auditEntries(this.#cluster, since, { user: how.by.user }));
    return took;
  }
}
