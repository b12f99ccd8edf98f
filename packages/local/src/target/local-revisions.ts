import type { Revision, RevisionStore } from '@wasmcast/core';
import type { ControlClient } from '../control/client.ts';

/** The revisions of fleets on an embedded mesh; they are gone when the mesh is, as the chains are. */
export class LocalRevisions implements RevisionStore {
  readonly #client: ControlClient;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  async list(fleet: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const query = new URLSearchParams({ fleet }).toString();
    const answer = await this.#client.call('GET', `/v1/revisions?${query}`, undefined, signal);
    return answer as unknown as readonly Revision[];
  }

  async put(revision: Revision, signal: AbortSignal): Promise<void> {
    await this.#client.call('POST', '/v1/revisions', revision, signal);
  }

  async delete(fleet: string, numbers: readonly number[], signal: AbortSignal): Promise<void> {
    await this.#client.call('POST', '/v1/revisions/delete', { fleet, numbers }, signal);
  }
}
