import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { WasmcastError, type TargetSpec } from '@wasmcast/core';

/** The part of a target that names an embedded mesh. */
export type LocalTargetSpec = Extract<TargetSpec, { readonly kind: 'local' }>;

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the terminating zero included. */
const maxPathBytes = 100;

/** The environment that decides where the socket lies; a parameter so that tests need not change the process's own. */
export interface SocketEnvironment {
  readonly runtimeDir: string | undefined;
  readonly tmpdir: string;
  readonly uid: number;
}

/** The environment of this process, or of another. XDG_RUNTIME_DIR counts only if it is there: `su` and containers often name one that is not. */
export function socketEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SocketEnvironment {
  const named = env['XDG_RUNTIME_DIR'];
  const there = named !== undefined && statSync(named, { throwIfNoEntry: false })?.isDirectory() === true;
  return { runtimeDir: there ? named : undefined, tmpdir: tmpdir(), uid: userInfo().uid };
}

/**
 * Path of the control socket of an embedded mesh. It depends on the folder of the manifest and the target's name only, so
 * that every terminal of a user finds the same mesh. Throws `WC-LOC-003` if no folder gives a path that is short enough.
 */
export function socketPathFor(spec: LocalTargetSpec, environment = socketEnvironment()): string {
  const key = createHash('sha256')
    .update(`${realFolder(spec.declaredIn)}\0${spec.name}`)
    .digest('hex');
  const name = `${key.slice(0, 16)}.sock`;
  const folders = [
    ...(environment.runtimeDir ? [join(environment.runtimeDir, 'wasmcast')] : []),
    join(environment.tmpdir, `wasmcast-${environment.uid}`),
  ];
  const path = folders.map((folder) => join(folder, name)).find((p) => Buffer.byteLength(p) <= maxPathBytes);
  if (path !== undefined) return path;
  throw new WasmcastError('WC-LOC-003', `no folder for the control socket has a path short enough`, {
    help: 'set XDG_RUNTIME_DIR to a short path that only you can enter',
  });
}

/** The folder without symbolic links, so that it is one mesh by whichever way its user came there. */
function realFolder(file: string): string {
  const folder = dirname(resolve(file));
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Makes the folder of a socket if need be and checks that nobody else can enter it. Throws `WC-LOC-003`. */
export function ensureSocketFolder(socketPath: string, uid = userInfo().uid): void {
  const folder = dirname(socketPath);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new WasmcastError('WC-LOC-003', `cannot make ${folder}: ${(cause as Error).message}`, { cause });
  }
  checkSocketFolder(socketPath, uid);
}

/**
 * Throws `WC-LOC-003` unless the folder of the socket is the user's own and closed to others. A client checks too: in a
 * shared temporary folder somebody else could have made it first, to be handed our modules and configurations.
 */
export function checkSocketFolder(socketPath: string, uid = userInfo().uid): void {
  const folder = dirname(socketPath);
  const fault = ownershipFault(lstatSync(folder), uid);
  if (fault !== undefined)
    throw new WasmcastError('WC-LOC-003', `the folder of the control socket, ${folder}, ${fault}`, {
      help: `remove it or make it yours alone: chmod 700 ${folder}`,
    });
}

function ownershipFault(stats: Stats, uid: number): string | undefined {
  if (!stats.isDirectory()) return 'is not a folder';
  // Windows has neither owners nor modes here; userInfo().uid is -1 there.
  if (uid < 0) return undefined;
  if (stats.uid !== uid) return `belongs to uid ${stats.uid}, not to you`;
  if ((stats.mode & 0o077) !== 0) return `is open to others (mode ${(stats.mode & 0o777).toString(8)})`;
  return undefined;
}
