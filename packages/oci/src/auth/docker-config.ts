import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OciError } from '../errors.ts';
import { dockerHub } from '../reference/reference.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { anonymous } from './credentials.ts';
import type { CredentialResolver, Credentials } from './credentials.ts';

/** The parts of docker's config.json and Podman's auth.json that are about credentials. */
export interface ConfigFile {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, unknown>>;
  readonly credsStore?: unknown;
}

/**
 * Finds credentials where docker and Podman keep them. The first file that knows the registry wins:
 * REGISTRY_AUTH_FILE, DOCKER_CONFIG/config.json (else ~/.docker/config.json), XDG_RUNTIME_DIR/containers/auth.json,
 * XDG_CONFIG_HOME/containers/auth.json. Without any it is anonymous.
 */
export function dockerCredentials(
  options: { readonly env?: NodeJS.ProcessEnv; readonly home?: string; readonly timeoutMs?: number } = {},
): CredentialResolver {
  const env = options.env ?? process.env;
  const timeoutMs = options.timeoutMs ?? 15_000;
  const files = configFiles(env, options.home ?? homedir());
  return async (registry, repository, signal) => {
    for (const file of files) {
      const config = await readConfig(file);
      if (config === undefined) continue;
      const found = await lookUp(config, file, registry, repository, { timeoutMs, signal, env });
      if (found.kind !== 'anonymous') return found;
    }
    return anonymous;
  };
}

/**
 * The credentials of a `kubernetes.io/dockerconfigjson` Secret, and of nothing else: no helper of this machine is asked.
 * `source` names it in messages. @throws OciError `credentials`
 */
export function secretCredentials(text: string, source: string): CredentialResolver {
  const { auths } = parseConfig(text, source);
  const helper = { timeoutMs: 0, env: {} };
  return (registry, repository, signal) =>
    lookUp({ ...(auths && { auths }) }, source, registry, repository, { ...helper, signal });
}

/** The files that are looked at, in this order. */
export function configFiles(env: NodeJS.ProcessEnv, home: string): readonly string[] {
  const under = (root: string | undefined, ...path: string[]): string[] =>
    root === undefined || root === '' ? [] : [join(root, ...path)];
  return [
    ...under(env['REGISTRY_AUTH_FILE']),
    ...under(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json'),
    ...under(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json'),
    ...under(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'auth.json'),
  ];
}

/** Reads one of them; `undefined` if it does not exist. @throws OciError `credentials` */
export async function readConfig(file: string): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OciError('credentials', `cannot read ${file} (${code})`, { cause });
  }
  return parseConfig(text, file);
}

function parseConfig(text: string, file: string): ConfigFile {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // The parser's message quotes the text, which holds passwords.
  }
  throw new OciError('credentials', `${file} is not a JSON object`);
}

async function lookUp(
  config: ConfigFile,
  file: string,
  registry: string,
  repository: string,
  helper: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
    readonly env: NodeJS.ProcessEnv;
  },
): Promise<Credentials> {
  const keys = keysOf(registry, repository);
  for (const key of keys) {
    const name = own(config.credHelpers, key);
    if (typeof name === 'string' && name !== '') return askCredentialHelper(name, key, helper);
  }
  for (const key of keys) {
    const entry = own(config.auths, key);
    const found = entry === undefined ? anonymous : readEntry(entry, file, key);
    if (found.kind !== 'anonymous') return found;
  }
  const store = config.credsStore;
  if (typeof store !== 'string' || store === '') return anonymous;
  return askCredentialHelper(store, serverKey(registry), helper);
}

const hubKey = 'https://index.docker.io/v1/';

/** The name under which docker keeps the credentials of a registry. */
export function serverKey(registry: string): string {
  return registry === dockerHub ? hubKey : registry;
}

/** The names under which a registry's credentials are kept, the most special one first (Podman's may name a repository). */
function keysOf(registry: string, repository: string): readonly string[] {
  const parts = repository.split('/');
  const paths = parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`);
  const plain =
    registry === dockerHub ? [hubKey, dockerHub, 'index.docker.io', 'registry-1.docker.io'] : [registry];
  const urls = plain.flatMap((host) => [
    `https://${host}`,
    `https://${host}/v1/`,
    `https://${host}/v2/`,
    `http://${host}`,
  ]);
  return [...paths, ...plain, ...urls];
}

function readEntry(entry: unknown, file: string, key: string): Credentials {
  if (typeof entry !== 'object' || entry === null) return anonymous;
  const fields = entry as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const registryToken = text('registrytoken');
  if (registryToken !== undefined) return { kind: 'registry-token', token: registryToken };
  const identityToken = text('identitytoken');
  if (identityToken !== undefined) return { kind: 'identity-token', token: identityToken };
  const auth = text('auth');
  if (auth !== undefined) {
    const pair = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = pair.indexOf(':');
    if (colon < 1) throw new OciError('credentials', `${file}: the entry of ${key} is malformed`);
    return { kind: 'basic', username: pair.slice(0, colon), password: pair.slice(colon + 1) };
  }
  const username = text('username');
  return username === undefined ? anonymous : { kind: 'basic', username, password: text('password') ?? '' };
}

function own(record: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key)
    ? record[key]
    : undefined;
}
