import type { PullSecret } from '@wasmcast/core';
import { KubeError } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';

interface SecretObject extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const readable = 'kubernetes.io/dockerconfigjson';
const key = '.dockerconfigjson';

/**
 * The pull secret of a namespace as istiod would hand it to an agent: it reads one type only (pilot,
 * pkg/credentials/kube/secrets.go, GetDockerCredential).
 */
export async function readPullSecret(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<PullSecret> {
  try {
    const secret = await client.get<SecretObject>(kinds.Secret, namespace, name, signal);
    if (secret === undefined) return { kind: 'missing' };
    const data = secret.data?.[key];
    if (secret.type !== readable || data === undefined)
      return { kind: 'other-type', type: secret.type ?? 'Opaque' };
    return { kind: 'found', config: Buffer.from(data, 'base64').toString('utf8') };
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return { kind: 'not-permitted' };
    throw error;
  }
}
