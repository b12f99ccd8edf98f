import { type HeldLock, type LockHolder, type LockPort, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { ownLabels, shortHash } from '../names.ts';

const ownerAnnotation = 'wasmcast.dev/owner';
const sinceAnnotation = 'wasmcast.dev/since';
const nonceAnnotation = 'wasmcast.dev/nonce';
const processAnnotation = 'wasmcast.dev/process';
const releaseMs = 10_000;
const maxTries = 3;

/**
 * The lock of a fleet: a Lease that is created by whoever takes it and deleted when it is released. It never expires: of a
 * process that went silent nobody can tell from elsewhere whether it will go on.
 */
export class LeaseLock implements LockPort {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #taken: () => void;

  /** `taken` is called when it is: what was read before may have been somebody else's to change until then. */
  constructor(client: KubeClient, namespace: string, taken: () => void = () => undefined) {
    this.#client = client;
    this.#namespace = namespace;
    this.#taken = taken;
  }

  async acquire(fleet: string, holder: LockHolder, signal: AbortSignal): Promise<HeldLock> {
    const name = leaseName(fleet);
    const lease = {
      apiVersion: kinds.Lease.apiVersion,
      kind: kinds.Lease.kind,
      metadata: {
        name,
        namespace: this.#namespace,
        labels: { ...ownLabels(fleet) },
        annotations: {
          [ownerAnnotation]: holder.owner,
          [sinceAnnotation]: holder.since,
          [nonceAnnotation]: holder.nonce,
          ...(holder.process !== undefined && { [processAnnotation]: holder.process }),
        },
      },
      spec: { holderIdentity: `${holder.owner} ${holder.nonce}` },
    };
    for (let attempt = 0; attempt < maxTries; attempt++) {
      try {
        const created = await this.#client.create<KubeObject>(kinds.Lease, this.#namespace, lease, signal);
        return this.#held(holder, name, created.metadata.uid ?? '');
      } catch (error) {
        if (isStatus(error, 404)) {
          throw new WasmcastError(
            'WC-LOCK-002',
            `there is no namespace ${this.#namespace} to keep the lock in`,
            {
              help: 'set stateNamespace of the target to a namespace that is there',
              cause: error,
            },
          );
        }
        if (!isStatus(error, 409)) throw error;
      }
      const found = await this.#read(fleet, signal);
      // Released between the two requests: try again.
      if (found !== undefined) {
        const other = found.holder;
        // Our own first try had arrived, and its answer was lost.
        if (other.nonce === holder.nonce) return this.#held(holder, name, found.uid);
        throw new WasmcastError(
          'WC-LOCK-001',
          `${other.owner} has been rolling out fleet ${fleet} since ${other.since}`,
          { help: `wait, or if that rollout is dead: wasmcast unlock ${other.nonce}` },
        );
      }
    }
    throw new WasmcastError('WC-LOCK-001', `others keep taking the lock of fleet ${fleet}`, {
      help: 'try again',
    });
  }

  async holder(fleet: string, signal: AbortSignal): Promise<LockHolder | undefined> {
    return (await this.#read(fleet, signal))?.holder;
  }

  /** Takes the lock away from the holder that `nonce` names; true if it was that one's. */
  async break(fleet: string, nonce: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.#read(fleet, signal);
    if (found === undefined || found.holder.nonce !== nonce) return false;
    await this.#client.delete(kinds.Lease, this.#namespace, leaseName(fleet), { uid: found.uid }, signal);
    return true;
  }

  async #read(
    fleet: string,
    signal: AbortSignal,
  ): Promise<{ readonly holder: LockHolder; readonly uid: string } | undefined> {
    const lease = await this.#client.get<KubeObject>(kinds.Lease, this.#namespace, leaseName(fleet), signal);
    if (lease === undefined) return undefined;
    const { annotations = {}, uid = '', creationTimestamp = '' } = lease.metadata;
    const holding = annotations[processAnnotation];
    return {
      holder: {
        owner: annotations[ownerAnnotation] ?? 'somebody',
        since: annotations[sinceAnnotation] ?? creationTimestamp,
        nonce: annotations[nonceAnnotation] ?? uid,
        ...(holding !== undefined && { process: holding }),
      },
      uid,
    };
  }

  #held(holder: LockHolder, name: string, uid: string): HeldLock {
    this.#taken();
    let released = false;
    return {
      holder,
      [Symbol.asyncDispose]: async () => {
        if (released) return;
        released = true;
        // The rollout's own signal may be what ended it.
        const signal = AbortSignal.timeout(releaseMs);
        try {
          await this.#client.delete(kinds.Lease, this.#namespace, name, { uid }, signal);
        } catch (error) {
          // Somebody broke the lock and took it: it is theirs now.
          if (!isStatus(error, 409)) throw error;
        }
      },
    };
  }
}

function leaseName(fleet: string): string {
  return fleet.length <= 200 ? `wasmcast-${fleet}` : `wasmcast-${shortHash(fleet)}`;
}
