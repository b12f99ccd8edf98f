import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { WasmcastError } from '@wasmcast/core';
import { type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from './kubeconfig.ts';

/** Where every pod has its service account: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const accounts = '/var/run/secrets/kubernetes.io/serviceaccount';
const inCluster = 'in-cluster';

/**
 * Finds the kubeconfig as kubectl does: the file that is named, else those of KUBECONFIG, of which some may be missing, else
 * ~/.kube/config, else the pod's own service account. Throws `WC-KUBE-010` when there is none, or it cannot be read.
 */
export function findKubeconfig(file: string | undefined, accountFolder = accounts): Kubeconfig {
  const { KUBECONFIG = '', HOME: home = homedir() } = process.env;
  if (file !== undefined) return read(file);
  const files = KUBECONFIG.split(path.delimiter).filter((each) => each !== '');
  const found = (files.length > 0 ? files : [path.join(home, '.kube', 'config')]).flatMap(
    (each) => readIfThere(each) ?? [],
  );
  if (found.length > 0) return mergeKubeconfigs(found);
  const account = files.length > 0 ? undefined : serviceAccount(accountFolder);
  if (account !== undefined) return account;
  const looked =
    files.length > 0 ? `KUBECONFIG=${KUBECONFIG} has none` : 'none in KUBECONFIG, no ~/.kube/config';
  throw new WasmcastError('WC-KUBE-010', `there is no kubeconfig: ${looked}`, {
    help: 'name it with --kubeconfig or in KUBECONFIG',
    exit: 'invalid',
  });
}

function read(file: string): Kubeconfig {
  try {
    return parseKubeconfig(readFileSync(file, 'utf8'), path.dirname(path.resolve(file)));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WasmcastError('WC-KUBE-010', `the kubeconfig ${file} cannot be read: ${why}`, {
      help: 'name it with --kubeconfig or in KUBECONFIG',
      exit: 'invalid',
      cause,
    });
  }
}

function readIfThere(file: string): Kubeconfig | undefined {
  try {
    return read(file);
  } catch (error) {
    const { cause } = error as WasmcastError;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a pod has that nobody gave a kubeconfig. Its token is renewed in its file. */
function serviceAccount(folder: string): Kubeconfig | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined || !existsSync(path.join(folder, 'token'))) return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return parseKubeconfig(
    JSON.stringify({
      'current-context': inCluster,
      contexts: [{ name: inCluster, context: { cluster: inCluster, user: inCluster } }],
      clusters: [{ name: inCluster, cluster: { server, 'certificate-authority': 'ca.crt' } }],
      users: [{ name: inCluster, user: { tokenFile: 'token' } }],
    }),
    folder,
  );
}
