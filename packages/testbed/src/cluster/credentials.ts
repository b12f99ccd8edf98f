import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeAccess } from '../kube-client.ts';
import { createAuthority } from '../pki/authority.ts';
import type { KeyPair } from '../pki/authority.ts';
import { run } from '../process/run.ts';
import type { ClusterNetwork } from './network.ts';
import type { RunFolder } from './run-folder.ts';

/** The certificates and keys of a cluster, as files. */
export interface ClusterPki {
  readonly ca: string;
  readonly server: KeyPair;
  readonly admin: KeyPair;
  /** Signs the tokens of service accounts. */
  readonly serviceAccountKey: string;
}

const authorityName = 'wasmcast-testbed';

/** Makes the authority of a cluster and what its own programs need. */
export async function createPki(
  folder: Pick<RunFolder, 'pki'>,
  network: Pick<ClusterNetwork, 'gateway' | 'apiService'>,
): Promise<ClusterPki> {
  const authority = await createAuthority(folder.pki, authorityName);
  const serviceAccountKey = join(folder.pki, 'sa.key');
  const names = ['DNS:localhost', 'DNS:kubernetes.default.svc', 'IP:127.0.0.1'];
  const addresses = [`IP:${network.gateway}`, `IP:${network.apiService}`];
  const [server, admin] = await Promise.all([
    authority.issue('apiserver', '/CN=kube-apiserver', [...names, ...addresses]),
    authority.issue('admin', '/O=system:masters/CN=admin', []),
    run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', serviceAccountKey]),
  ]);
  return { ca: authority.certificate, server, admin, serviceAccountKey };
}

/** What a client needs, read from a cluster's files: as the administrator, or as a user that {@link issueUser} made. */
export async function readAccess(
  folder: Pick<RunFolder, 'pki'>,
  server: string,
  user = 'admin',
): Promise<KubeAccess> {
  const [ca, certificate, key] = await Promise.all(
    ['ca.crt', `${user}.crt`, `${user}.key`].map((file) => readFile(join(folder.pki, file), 'utf8')),
  );
  return { server, ca: ca ?? '', certificate: certificate ?? '', key: key ?? '' };
}

/** Writes a kubeconfig with everything inside, readable by this user only. */
export async function writeKubeconfig(
  path: string,
  name: string,
  user: string,
  access: KubeAccess,
): Promise<void> {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: access.server, 'certificate-authority-data': base64(access.ca) } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(access.certificate),
          'client-key-data': base64(access.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}

/** A kubeconfig for a user with a certificate of its own; gives its path. Asking again gives the same file anew. */
export async function issueUser(
  folder: RunFolder,
  cluster: { readonly name: string; readonly server: string },
  user: string,
  groups: readonly string[],
): Promise<string> {
  const authority = await createAuthority(folder.pki, authorityName);
  const hash = createHash('sha256')
    .update(JSON.stringify([user, groups]))
    .digest('hex')
    .slice(0, 12);
  const file = `user-${hash}`;
  const subject = [...groups.map((group) => `/O=${escaped(group)}`), `/CN=${escaped(user)}`].join('');
  await authority.issue(file, subject, []);
  const configs = join(folder.data, 'kubeconfigs');
  await mkdir(configs, { recursive: true });
  const path = join(configs, `${hash}.yaml`);
  await writeKubeconfig(path, cluster.name, user, await readAccess(folder, cluster.server, file));
  return path;
}

// openssl's -subj gives these a meaning.
function escaped(value: string): string {
  return value.replaceAll(/[\\/+]/gu, (character) => `\\${character}`);
}
