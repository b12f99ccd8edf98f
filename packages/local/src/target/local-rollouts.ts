import type {
  RolloutRecord,
  RolloutRequest,
  RolloutStamp,
  RolloutStore,
  StandingRollout,
  StoredRollout,
} from '@wasmcast/core';
import type { ControlClient } from '../control/client.ts';
import { member } from '../shape.ts';
import { isTrue } from './answers.ts';

/** The unfinished rollouts of fleets on an embedded mesh; they are gone when the mesh is, as the chains are. */
export class LocalRollouts implements RolloutStore {
  readonly #client: ControlClient;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  async read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined> {
    const answer = await this.#client.call('GET', pathOf('rollout', { fleet }), undefined, signal);
    return (member(answer, 'rollout') as unknown as StoredRollout | null) ?? undefined;
  }

  async look(fleet: string, signal: AbortSignal): Promise<StandingRollout | undefined> {
    const stored = await this.read(fleet, signal);
    if (stored === undefined) return undefined;
    const { record, ...asked } = stored;
    return { stamp: record, ...asked };
  }

  async write(record: RolloutRecord, over: RolloutStamp | undefined, signal: AbortSignal): Promise<void> {
    await this.#client.call('POST', pathOf('rollout', over === undefined ? {} : stamp(over)), record, signal);
  }

  async ask(fleet: string, id: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#client.call('POST', pathOf('rollout/request', { fleet, id }), request, signal);
    return isTrue(answer, 'asked');
  }

  async delete(fleet: string, over: RolloutStamp, signal: AbortSignal): Promise<void> {
    await this.#client.call('DELETE', pathOf('rollout', { fleet, ...stamp(over) }), undefined, signal);
  }
}

function stamp({ id, version }: RolloutStamp): Readonly<Record<string, string>> {
  return { id, version: String(version) };
}

function pathOf(what: string, query: Readonly<Record<string, string>>): string {
  return `/v1/${what}?${new URLSearchParams(query).toString()}`;
}
