import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { OciError } from '../errors.ts';
import type { OciOptions } from '../options.ts';
import { parseReference } from '../reference/reference.ts';
import { RegistrySession } from '../remote/session.ts';
import { eraseInHelper, storeInHelper } from './credential-helper.ts';
import type { HelperOptions } from './credential-helper.ts';
import { configFiles, readConfig, serverKey } from './docker-config.ts';
import type { ConfigFile } from './docker-config.ts';

/** A name and a password for a registry. */
export interface Login {
  /** `host[:port]`. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** Where logins are kept; by default those of the process. */
export interface LoginPlace {
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Reads the name of a registry as `docker login` takes it: `host[:port]`, or its URL. @throws OciError `reference` */
export function parseRegistry(text: string): string {
  const host = text.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  const { registry, repository } = parseReference(`${host}/x`);
  // Without a dot or a port the first part is taken for a repository of Docker Hub.
  if (repository !== 'x' && repository !== 'library/x')
    throw new OciError('reference', `not a registry: ${JSON.stringify(text.slice(0, 200))}`);
  return registry;
}

/** Asks the registry whether it takes a login. @returns false if it lets everybody in unasked. @throws OciError `unauthorized`, … */
export async function checkLogin(login: Login, options: OciOptions = {}): Promise<boolean> {
  const { registry, username, password } = login;
  const credentials = () => Promise.resolve({ kind: 'basic', username, password } as const);
  const place = { registry, repository: '' };
  await using session = new RegistrySession(place, 'none', { ...options, credentials });
  const what = `cannot log in to ${registry}`;
  await session.call(
    { method: 'GET', target: '/v2/', what, expect: [200], idempotent: true },
    () => undefined,
  );
  return session.access.credentials;
}

/**
 * Keeps a login where docker does: with the credential helper that its configuration names for the registry, else in
 * that file (readable by its owner alone, everything else in it kept). @returns where. @throws OciError `credentials`
 */
export async function storeLogin(login: Login, place: LoginPlace = {}): Promise<string> {
  const { file, config, key, helper, options } = await open(login.registry, place);
  if (helper !== undefined) {
    await storeInHelper(helper, key, login, options);
    return `docker-credential-${helper}`;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  await save(file, { ...config, auths: { ...config.auths, [key]: { auth } } });
  return file;
}

/** Forgets a login. @returns false if there was none in the file. @throws OciError `credentials` */
export async function removeLogin(registry: string, place: LoginPlace = {}): Promise<boolean> {
  const { file, config, key, helper, options } = await open(registry, place);
  if (helper !== undefined) await eraseInHelper(helper, key, options);
  if (config.auths === undefined || !Object.hasOwn(config.auths, key)) return helper !== undefined;
  const { [key]: _, ...auths } = config.auths;
  await save(file, { ...config, auths });
  return true;
}

async function open(
  registry: string,
  place: LoginPlace,
): Promise<{
  readonly file: string;
  readonly config: ConfigFile;
  readonly key: string;
  readonly helper: string | undefined;
  readonly options: HelperOptions;
}> {
  const env = place.env ?? process.env;
  const [file] = configFiles(env, place.home ?? homedir());
  if (file === undefined) throw new TypeError('there is always a configuration file');
  const config = (await readConfig(file)) ?? {};
  const key = serverKey(registry);
  const own = config.credHelpers?.[key];
  const helper = own ?? config.credsStore;
  return {
    file,
    config,
    key,
    helper: typeof helper === 'string' && helper !== '' ? helper : undefined,
    options: { env, timeoutMs: place.timeoutMs ?? 15_000, signal: place.signal },
  };
}

/** Replaces the file whole, through a link if it is one; a reader sees the old or the new. */
async function save(file: string, config: ConfigFile): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const partial = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(partial, `${JSON.stringify(config, undefined, '\t')}\n`, { mode: 0o600 });
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    throw new OciError('credentials', `cannot write ${file} (${code})`, { cause });
  }
}
