import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OciError } from '../errors.ts';

/** Certificates for one registry, all PEM. */
export interface RegistryCertificates {
  /** Authorities to trust for it, besides those that are trusted anyway. */
  readonly ca?: readonly string[];
  /** What we show it (mutual TLS). */
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** Finds the certificates for a registry (`host[:port]`). */
export type CertificateResolver = (registry: string) => RegistryCertificates | undefined;

/** The folders in which docker and podman look: `<folder>/<host[:port]>/{*.crt, *.cert with *.key}`. */
export function certificateFolders(env: NodeJS.ProcessEnv, home: string): readonly string[] {
  return [
    ...(env['DOCKER_CERT_PATH'] ? [env['DOCKER_CERT_PATH']] : []),
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers/certs.d'),
    join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'certs.d'),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ];
}

/** Reads certificates where docker and podman keep them; the first folder that knows the registry wins. */
export function certificatesFrom(
  folders: readonly string[] = certificateFolders(process.env, homedir()),
): CertificateResolver {
  return (registry) => {
    for (const folder of folders) {
      const found = readFolder(join(folder, registry));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function readFolder(folder: string): RegistryCertificates | undefined {
  let names: readonly string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OciError('credentials', `cannot read ${folder} (${code})`, { cause: error });
  }
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new OciError('credentials', `cannot read ${join(folder, name)} (${code})`, { cause: error });
    }
  };
  const ca = names.filter((name) => name.endsWith('.crt')).map(read);
  const certificate = names.find((name) => name.endsWith('.cert'));
  if (certificate === undefined) return { ca };
  // docker's rule: the key of client.cert is client.key, and one without the other is a mistake.
  const key = certificate.replace(/\.cert$/, '.key');
  if (!names.includes(key)) throw new OciError('credentials', `${folder} has ${certificate} but not ${key}`);
  return { ca, client: { certificate: read(certificate), key: read(key) } };
}
