import { readFile } from 'node:fs/promises';
import type { Agent, OutgoingHttpHeaders } from 'node:http';
import type tls from 'node:tls';
import type { KubeCluster, KubeUser } from './kubeconfig.ts';

/** How a request is made to a cluster as a user. */
export interface UserCredentials {
  readonly headers: OutgoingHttpHeaders;
  readonly tls: tls.ConnectionOptions;
  /** Where the cluster is behind a proxy. */
  readonly agent?: Agent;
}

/** What a kubeconfig itself has, and the files that it names. */
export async function plainCredentials(cluster: KubeCluster, user: KubeUser): Promise<UserCredentials> {
  const [ca, cert, key, token] = await Promise.all([
    bytes(cluster.caData, cluster.caFile),
    bytes(user.certData, user.certFile),
    bytes(user.keyData, user.keyFile),
    bearer(user),
  ]);
  return {
    headers: authorization(user, token),
    tls: {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(cluster.skipTlsVerify && { rejectUnauthorized: false }),
      ...(cluster.tlsServerName !== '' && { servername: cluster.tlsServerName }),
    },
  };
}

/** The token, of a file before that in the kubeconfig; an empty string where there is none. */
export async function bearer({ token, tokenFile }: KubeUser): Promise<string> {
  return tokenFile === '' ? token : (await readFile(tokenFile, 'utf8')).trim();
}

/** What is given as data counts before what is named as a file. */
async function bytes(data: string, file: string): Promise<Buffer | undefined> {
  if (data !== '') return Buffer.from(data, 'base64');
  return file === '' ? undefined : await readFile(file);
}

function authorization({ username, password }: KubeUser, token: string): OutgoingHttpHeaders {
  if (token !== '') return { Authorization: `Bearer ${token}` };
  if (username === '') return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
