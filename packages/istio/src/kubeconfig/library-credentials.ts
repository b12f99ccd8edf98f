import http from 'node:http';
import type https from 'node:https';
import type tls from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeCluster, KubeUser } from './kubeconfig.ts';
import { bearer, type UserCredentials } from './plain-credentials.ts';

/**
 * Users' programs, providers of credentials and proxies, by Kubernetes' own library. Only these: to load its thousand files
 * takes as long as all the rest of a command.
 */
export function throughLibrary(cluster: KubeCluster, user: KubeUser): () => Promise<UserCredentials> {
  let config: KubeConfig | undefined;
  return async () => {
    // Kept, because it keeps what a program said until that expires.
    config ??= await configOf(cluster, user);
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { agent } = options;
    return {
      headers: headersOf(options),
      tls: tlsOf(options),
      ...(cluster.proxyUrl !== '' && agent instanceof http.Agent && { agent }),
    };
  };
}

async function configOf(cluster: KubeCluster, user: KubeUser): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const { skipTlsVerify, server, ...place } = cluster;
  // The library takes plain HTTP (kubectl proxy) only with this flag, which means nothing without TLS.
  const skipTLSVerify = skipTlsVerify || server.startsWith('http:');
  const { impersonates: _, tokenFile: __, ...known } = user;
  config.loadFromClusterAndUser(
    { name: 'cluster', server, skipTLSVerify, ...place },
    { name: 'user', ...known, token: await bearer(user) },
  );
  return config;
}

function headersOf({ headers = {}, auth }: https.RequestOptions): Record<string, string> {
  const basic = typeof auth === 'string' && {
    Authorization: `Basic ${Buffer.from(auth).toString('base64')}`,
  };
  return {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...basic,
  };
}

function tlsOf(options: https.RequestOptions): tls.ConnectionOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}
