import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { configMapName, moduleKey } from '../names.ts';
import { SharedRead } from './shared-read.ts';

/**
 * Proves that ConfigMaps hold the modules that their names say, by computing the digest of their bytes. An immutable
 * ConfigMap is read once for as long as this lives: what it holds cannot change under its uid.
 */
export class ModuleBytes {
  readonly #client: KubeClient;
  readonly #proven = new Map<string, SharedRead<string | undefined>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Undefined if the ConfigMap holds the module; else what is wrong with it. Throws when it cannot be read. */
  async fault(
    fleet: string,
    namespace: string,
    digest: Sha256,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    signal.throwIfAborted();
    const name = configMapName(fleet, digest);
    const key = `${namespace}/${name}/${digest}`;
    const known = this.#proven.get(key);
    if (known !== undefined && !known.isAbandoned) return await known.wait(signal);
    const proof = new SharedRead((each) => this.#read(namespace, name, digest, each));
    this.#proven.set(key, proof);
    // Only a proof is kept: a fault may be mended, a failed request repeated.
    const forget = (): void => {
      if (this.#proven.get(key) === proof) this.#proven.delete(key);
    };
    proof.value.then((fault) => fault !== undefined && forget(), forget);
    return await proof.wait(signal);
  }

  /** Forgets what was proven: a ConfigMap was written or deleted. */
  clear(): void {
    this.#proven.clear();
  }

  async #read(
    namespace: string,
    name: string,
    digest: Sha256,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const object = await this.#client.get<ConfigMapObject>(kinds.ConfigMap, namespace, name, signal);
    if (object === undefined) return `there is no ConfigMap ${namespace}/${name} any more`;
    if (object.immutable !== true) return `ConfigMap ${namespace}/${name} is not immutable`;
    const bytes = Buffer.from(object.binaryData?.[moduleKey] ?? '', 'base64');
    const found = createHash('sha256').update(bytes).digest('hex');
    return found === digest
      ? undefined
      : `ConfigMap ${namespace}/${name} holds a module with sha256:${found}`;
  }
}
