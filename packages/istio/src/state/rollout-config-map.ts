import { randomUUID } from 'node:crypto';
import {
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
  type RolloutStore,
  type StandingRollout,
  type StoredRollout,
  WasmcastError,
} from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient, PatchOp } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { fleetLabel } from '../names.ts';
import {
  asking,
  isStamped,
  isWritten,
  type PackedRollout,
  packRollout,
  replacing,
  requestIn,
  rolloutName,
  rolloutObject,
  stampOf,
  unpackRollout,
} from './rollout-object.ts';

const maxTries = 5;

/**
 * The unfinished rollout of a fleet: one ConfigMap with the gzipped record. Its id and version stand in annotations, the
 * precondition of every write: a process that was thought dead can never write over a newer one, nor delete it.
 */
export class RolloutConfigMap implements RolloutStore {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #target: string;
  readonly #writer = randomUUID();

  constructor(client: KubeClient, namespace: string, target: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#target = target;
  }

  async read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined> {
    const object = await this.#get(fleet, signal);
    if (object === undefined) return undefined;
    const request = requestIn(object);
    const record = await unpackRollout(this.#namespace, fleet, object);
    if (record.target !== this.#target) throw renamed(record, this.#target);
    return { record, ...(request !== undefined && { request }) };
  }

  async look(fleet: string, signal: AbortSignal): Promise<StandingRollout | undefined> {
    const object = await this.#get(fleet, signal);
    if (object === undefined) return undefined;
    const request = requestIn(object);
    return { stamp: stampOf(object), ...(request !== undefined && { request }) };
  }

  async write(record: RolloutRecord, over: RolloutStamp | undefined, signal: AbortSignal): Promise<void> {
    const packed = await packRollout(record, this.#writer);
    if (over === undefined) await this.#create(packed, signal);
    else await this.#replace(packed, over, signal);
  }

  async ask(fleet: string, id: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#patch(fleet, asking(fleet, id, request), signal);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      if (!isStatus(error, 422)) throw error;
      if (!isStamped(await this.#get(fleet, signal), { id })) return false;
      throw error;
    }
  }

  async delete(fleet: string, stamp: RolloutStamp, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const standing = await this.#get(fleet, signal);
      if (!isStamped(standing, stamp)) throw takenOver(fleet);
      const { uid = '', resourceVersion = '' } = standing?.metadata ?? {};
      const guard = { uid, resourceVersion };
      try {
        await this.#client.delete(kinds.ConfigMap, this.#namespace, rolloutName(fleet), guard, signal);
        return;
      } catch (error) {
        // Somebody asked something meanwhile, or took it over.
        if (!isStatus(error, 409) || attempt >= maxTries) throw error;
      }
    }
  }

  /** The record that `over` names becomes this one, in one write. */
  async #replace(packed: PackedRollout, over: RolloutStamp, signal: AbortSignal): Promise<void> {
    const { fleet } = packed.record;
    const operations = replacing(packed, over);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#patch(fleet, operations, signal);
        return;
      } catch (error) {
        if (isStatus(error, 404)) throw takenOver(fleet, error);
        // 422 is a test that failed, or an object that is refused: which of them shows in what stands there.
        if (!isStatus(error, 409, 422)) throw error;
        const standing = await this.#get(fleet, signal);
        if (isWritten(standing, packed)) return;
        if (!isStamped(standing, over)) throw takenOver(fleet, error);
        if (isStatus(error, 422) || attempt >= maxTries) throw error;
      }
    }
  }

  async #create(packed: PackedRollout, signal: AbortSignal): Promise<void> {
    const { fleet } = packed.record;
    const object = rolloutObject(this.#namespace, packed);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.create(kinds.ConfigMap, this.#namespace, object, signal);
        return;
      } catch (error) {
        if (!isStatus(error, 409) || attempt >= maxTries) throw error;
      }
      const standing = await this.#get(fleet, signal);
      // Deleted between the two requests: try again.
      if (standing === undefined) continue;
      if (isWritten(standing, packed)) return;
      throw takenOver(fleet);
    }
  }

  #patch(fleet: string, operations: readonly PatchOp[], signal: AbortSignal): Promise<unknown> {
    return this.#client.patch(kinds.ConfigMap, this.#namespace, rolloutName(fleet), operations, signal);
  }

  /** Throws when something else has the name. */
  async #get(fleet: string, signal: AbortSignal): Promise<ConfigMapObject | undefined> {
    const name = rolloutName(fleet);
    const object = await this.#client.get<ConfigMapObject>(kinds.ConfigMap, this.#namespace, name, signal);
    if (object === undefined || object.metadata.labels?.[fleetLabel] === fleet) return object;
    throw new WasmcastError(
      codes.notOurs,
      `ConfigMap ${this.#namespace}/${name} exists, and it does not belong to fleet ${fleet}`,
      { help: `delete or rename it, or label it ${fleetLabel}=${fleet} if it is the fleet's` },
    );
  }
}

/** What a record says of workloads, it says of those of a target of that name. */
function renamed({ fleet, target }: RolloutRecord, now: string): WasmcastError {
  return new WasmcastError(
    'WC-ROLL-015',
    `the rollout of fleet ${fleet} on ${now} is not over, and it began when that target was called ${target}`,
    { exit: 'invalid', help: `call it ${target} again until that rollout is live, or has gone back` },
  );
}

function takenOver(fleet: string, cause?: unknown): WasmcastError {
  return new WasmcastError('WC-ROLL-010', `somebody else took over the rollout of fleet ${fleet}`, {
    help: 'look at `wasmcast status`',
    ...(cause !== undefined && { cause }),
  });
}
