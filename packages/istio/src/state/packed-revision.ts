import { promisify } from 'node:util';
import { gunzip, gzipSync } from 'node:zlib';
import { type Chain, type Revision, type RevisionInfo, toRevision } from '@wasmcast/core';
import { parseRevision } from './parse-rollout.ts';
import { maxConfigMapBytes } from '../compile/config-map.ts';

const unzip = promisify(gunzip);

/** A revision unpacked, in bytes; far above what thirty filters on three hundred workloads need. */
const maxRevisionBytes = 32 * 1024 * 1024;
/** Room for what is not known before a rollout: its time, who made it, and why. */
const infoBytes = 4096;

/** A revision as it is stored: gzipped JSON. A text says why it cannot be stored. */
export function packRevision(revision: Revision, reserve = 0): Uint8Array | string {
  const text = JSON.stringify(revision);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxRevisionBytes - reserve)
    return `it has ${bytes} bytes, and no more than ${maxRevisionBytes} are read`;
  const packed = gzipSync(text);
  const limit = maxConfigMapBytes - reserve;
  return packed.byteLength > limit
    ? `compressed it has ${packed.byteLength} bytes, and a ConfigMap holds ${limit}`
    : packed;
}

/** Why what a rollout would make live could not be recorded afterwards; undefined: it can. */
export function unrecordable(fleet: string, target: string, chains: readonly Chain[]): string | undefined {
  const info: RevisionInfo = { fleet, target, number: 0, at: '', by: '', cause: '' };
  const packed = packRevision(toRevision(info, chains), infoBytes);
  return typeof packed === 'string' ? packed : undefined;
}

/**
 * The revision of a fleet out of what is stored. Throws for anything else, and for what unpacks to more than is read. It
 * speaks of the target that it was read from, whatever that was called when it was written.
 */
export async function unpackRevision(fleet: string, target: string, packed: Uint8Array): Promise<Revision> {
  const bytes = await unzip(packed, { maxOutputLength: maxRevisionBytes });
  const revision = parseRevision(bytes.toString('utf8'));
  if (revision.fleet !== fleet) throw new Error(`it is of fleet ${revision.fleet}`);
  const chains = revision.chains.map((chain) => ({ ...chain, workload: { ...chain.workload, target } }));
  return { ...revision, target, chains };
}
