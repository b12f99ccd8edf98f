import { WasmcastError } from '@wasmcast/core';
import type { EventSink } from '../events.ts';
import { run } from '../process/run.ts';
import { isExecutable, which } from '../process/which.ts';
import { acquireLock } from './lock.ts';

/** A Debian package, known by one program that it brings: a name on PATH or an absolute path. */
export interface DebianPackage {
  readonly package: string;
  readonly program: string;
}

/** The programs that the testbed takes from the distribution. */
export const debianPackages = {
  registry: { package: 'docker-registry', program: 'docker-registry' },
  runc: { package: 'runc', program: 'runc' },
  cni: { package: 'containernetworking-plugins', program: '/usr/lib/cni/bridge' },
  iptables: { package: 'iptables', program: 'iptables' },
  iproute: { package: 'iproute2', program: 'ip' },
  debootstrap: { package: 'debootstrap', program: 'debootstrap' },
  openssl: { package: 'openssl', program: 'openssl' },
} as const satisfies Record<string, DebianPackage>;

/** Programs for images, which only what compares with them needs. */
export const imagePackages: readonly DebianPackage[] = [
  { package: 'skopeo', program: 'skopeo' },
  { package: 'buildah', program: 'buildah' },
];

/** The packages of which the program is not there. */
export async function missingPackages(wanted: readonly DebianPackage[]): Promise<readonly DebianPackage[]> {
  const missing: DebianPackage[] = [];
  for (const entry of wanted) {
    const found = entry.program.startsWith('/')
      ? await isExecutable(entry.program)
      : (await which(entry.program)) !== undefined;
    if (!found) missing.push(entry);
  }
  return missing;
}

/** Why {@link ensurePackages} could not install anything here; `undefined` when it could. */
export async function cannotInstall(): Promise<string | undefined> {
  if ((await which('apt-get')) === undefined) return 'no apt-get';
  return process.getuid?.() === 0 ? undefined : 'only root can install packages';
}

/**
 * Installs the packages of which the program is missing.
 *
 * @throws WasmcastError WC-BED-002 when this machine or user cannot install them.
 */
export async function ensurePackages(
  wanted: readonly DebianPackage[],
  options: { readonly emit: EventSink; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if ((await missingPackages(wanted)).length === 0) return;
  await using _lock = await acquireLock('apt', {
    signal: options.signal,
    onWait: () => options.emit({ kind: 'waiting', what: 'Debian packages' }),
  });
  const names = (await missingPackages(wanted)).map((entry) => entry.package);
  if (names.length === 0) return;
  const reason = await cannotInstall();
  if (reason !== undefined) {
    throw new WasmcastError('WC-BED-002', `missing: ${names.join(', ')} (${reason})`, {
      help: `install the Debian packages ${names.join(' ')}`,
    });
  }
  options.emit({ kind: 'installing', packages: names });
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=600', '-qq'];
  await run('apt-get', [...wait, 'update'], { env, signal: options.signal });
  await run('apt-get', [...wait, '--no-install-recommends', '-y', 'install', ...names], {
    env,
    signal: options.signal,
  });
}
