import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WasmcastError } from '@wasmcast/core';
import { ensureSocketFolder } from './socket-path.ts';

/**
 * Listens on a control socket that only the user can open. The socket of a daemon that died is replaced; throws
 * `WC-LOC-002` if a daemon that lives has it, `WC-LOC-003` if its folder is not the user's alone.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  ensureSocketFolder(path);
  for (let attempt = 1; ; attempt++) {
    // oxlint-disable-next-line no-await-in-loop
    const error = await tryListen(server, path);
    if (error === undefined) break;
    // oxlint-disable-next-line no-await-in-loop
    if (error.code !== 'EADDRINUSE' || attempt === 3 || !(await removeStale(path)))
      throw listenError(path, error);
  }
  // Its folder is closed to others already; this holds even if somebody opens the folder later.
  chmodSync(path, 0o600);
}

/** Throws `WC-LOC-002` if a daemon has the control socket now: what it serves would be in the way of another one. */
export async function refuseSecond(path: string): Promise<void> {
  if ((await knock(path)) === undefined) throw alreadyRunning(path);
}

function tryListen(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(path, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
}

function listenError(path: string, error: NodeJS.ErrnoException): WasmcastError {
  if (error.code === 'EADDRINUSE') return alreadyRunning(path);
  return new WasmcastError('WC-LOC-003', `cannot listen on ${path}: ${error.message}`, { cause: error });
}

function alreadyRunning(path: string): WasmcastError {
  return new WasmcastError('WC-LOC-002', `the embedded mesh of this manifest is running already (${path})`, {
    help: 'use it, or stop the other `wasmcast run` first',
  });
}

/** Removes the socket if nobody listens on it; false if somebody does. */
async function removeStale(path: string): Promise<boolean> {
  const seen = inode(path);
  if (seen === undefined) return true;
  if (!(await refuses(path))) return false;
  // Between bind and listen of a daemon that is just starting, its socket refuses too.
  await delay(50);
  if (!(await refuses(path))) return false;
  // Two starters may have found the same stale socket; only the one that moves that very inode away may go on, so that
  // none removes the other's new socket.
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  if (inode(aside) !== seen) {
    try {
      linkSync(aside, path);
    } catch {
      // A third one is there already; listening tells.
    }
  }
  unlinkSync(aside);
  return true;
}

function inode(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

async function refuses(path: string): Promise<boolean> {
  const code = (await knock(path))?.code;
  return code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK';
}

/** Why nobody answers; undefined if somebody does. */
function knock(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
