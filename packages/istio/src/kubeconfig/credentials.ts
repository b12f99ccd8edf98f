import type { OutgoingHttpHeaders } from 'node:http';
import { throughLibrary } from './library-credentials.ts';
import type { Impersonation, KubeCluster, KubeUser } from './kubeconfig.ts';
import { plainCredentials, type UserCredentials } from './plain-credentials.ts';

/** Reads credentials each time anew, so that what was renewed is taken. Rejects when a file cannot be read, or a program fails. */
export function credentialsOf(cluster: KubeCluster, user: KubeUser): () => Promise<UserCredentials> {
  const isPlain = user.exec === undefined && user.authProvider === undefined && cluster.proxyUrl === '';
  const read = isPlain ? () => plainCredentials(cluster, user) : throughLibrary(cluster, user);
  const asked = impersonation(user.impersonates);
  return async () => {
    const { headers, ...others } = await read();
    return { ...others, headers: { ...headers, ...asked } };
  };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonation({ user, uid, groups, extra }: Impersonation): OutgoingHttpHeaders {
  return {
    ...(user !== '' && { 'Impersonate-User': user }),
    ...(uid !== '' && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      extra.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]]),
    ),
  };
}
