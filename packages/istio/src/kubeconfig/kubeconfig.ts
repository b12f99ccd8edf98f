import path from 'node:path';
import type { JsonObject, JsonValue } from '@wasmcast/core';
import { parse } from 'yaml';
import { isObject, list, object, text } from '../json-parts.ts';

/** A cluster of a kubeconfig. Empty strings stand for what is not given; paths are absolute. */
export interface KubeCluster {
  readonly server: string;
  readonly caData: string;
  readonly caFile: string;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName: string;
  readonly proxyUrl: string;
}

/** A user of a kubeconfig. Empty strings stand for what is not given; paths are absolute. */
export interface KubeUser {
  readonly certData: string;
  readonly certFile: string;
  readonly keyData: string;
  readonly keyFile: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly impersonates: Impersonation;
  /** A program that has the credentials, and a provider built into older clients. */
  readonly exec?: JsonObject;
  readonly authProvider?: JsonObject;
}

/** Whom requests shall be taken to come from. */
export interface Impersonation {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: readonly (readonly [string, readonly string[]])[];
}

/** What kubeconfig files say: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, { readonly cluster: string; readonly user: string }>;
  readonly clusters: ReadonlyMap<string, KubeCluster>;
  readonly users: ReadonlyMap<string, KubeUser>;
}

/** The user of a context that names none. */
export const nobody: KubeUser = readUser({}, '/');

/** Reads one file of `folder`. Throws what the YAML parser says of it, with line and column. */
export function parseKubeconfig(source: string, folder: string): Kubeconfig {
  const read: JsonValue = (parse(source) as JsonValue | undefined) ?? {};
  const config = isObject(read) ? read : {};
  const named = <T>(key: string, entry: string, of: (value: JsonObject) => T): ReadonlyMap<string, T> =>
    firstOfEach(
      list(config[key])
        .filter(isObject)
        .map((each) => [text(each['name']), of(object(each, entry))]),
    );
  return {
    currentContext: text(config['current-context']),
    contexts: named('contexts', 'context', (context) => ({
      cluster: text(context['cluster']),
      user: text(context['user']),
    })),
    clusters: named('clusters', 'cluster', (cluster) => readCluster(cluster, folder)),
    users: named('users', 'user', (user) => readUser(user, folder)),
  };
}

/** Several files as one: of what has the same name the first counts, as in kubectl. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    currentContext: configs.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
    contexts: firstOfEach(configs.flatMap(({ contexts }) => [...contexts])),
    clusters: firstOfEach(configs.flatMap(({ clusters }) => [...clusters])),
    users: firstOfEach(configs.flatMap(({ users }) => [...users])),
  };
}

/** What comes first under a name counts. */
function firstOfEach<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [name, value] of entries) if (!found.has(name)) found.set(name, value);
  return found;
}

function readCluster(cluster: JsonObject, folder: string): KubeCluster {
  return {
    server: text(cluster['server']),
    caData: text(cluster['certificate-authority-data']),
    caFile: inFolder(folder, text(cluster['certificate-authority'])),
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    tlsServerName: text(cluster['tls-server-name']),
    proxyUrl: text(cluster['proxy-url']),
  };
}

function readUser(user: JsonObject, folder: string): KubeUser {
  const { exec, 'auth-provider': authProvider } = user;
  return {
    certData: text(user['client-certificate-data']),
    certFile: inFolder(folder, text(user['client-certificate'])),
    keyData: text(user['client-key-data']),
    keyFile: inFolder(folder, text(user['client-key'])),
    token: text(user['token']),
    tokenFile: inFolder(folder, text(user['tokenFile'])),
    username: text(user['username']),
    password: text(user['password']),
    impersonates: {
      user: text(user['as']),
      uid: text(user['as-uid']),
      groups: list(user['as-groups']).map(text),
      extra: Object.entries(object(user, 'as-user-extra')).map(([key, values]) => [
        key,
        list(values).map(text),
      ]),
    },
    ...(isObject(exec) && { exec: { ...exec, command: commandIn(folder, text(exec['command'])) } }),
    ...(isObject(authProvider) && { authProvider }),
  };
}

function inFolder(folder: string, file: string): string {
  return file === '' ? '' : path.resolve(folder, file);
}

/** A program with a folder in its name is sought from the kubeconfig, one without in PATH. */
function commandIn(folder: string, command: string): string {
  return command.includes(path.sep) ? path.resolve(folder, command) : command;
}
