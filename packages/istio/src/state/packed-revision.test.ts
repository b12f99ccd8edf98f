import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Chain, type Revision, revisionChains, toRevision } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { filter, frontpage } from '../testing/native.ts';
import { packRevision, unpackRevision, unrecordable } from './packed-revision.ts';

const info = { fleet: 'shop', target: 'prod', number: 7, at: '2026-01-01', by: 'me', cause: 'apply' };

function chains(...texts: readonly string[]): readonly Chain[] {
  return texts.map((text, i) => ({
    workload: { ...frontpage, name: `w${i}` },
    direction: 'inbound',
    filters: [filter('a', { config: { kind: 'text', text } })],
  }));
}

function pack(revision: Revision): Uint8Array {
  const packed = packRevision(revision);
  if (typeof packed === 'string') throw new Error(packed);
  return packed;
}

it('a revision is read as it was stored', async () => {
  const revision = toRevision(info, chains('x', 'y'));
  expect(await unpackRevision('shop', 'prod', pack(revision))).toEqual(revision);
  await expect(unpackRevision('other', 'prod', pack(revision))).rejects.toThrow('it is of fleet shop');
});

it('a revision is of the target that it is read from, also when that was renamed', async () => {
  const read = await unpackRevision('shop', 'production', pack(toRevision(info, chains('x'))));
  expect(read.target).toBe('production');
  expect(revisionChains(read).map(({ workload }) => workload.target)).toEqual(['production']);
});

it('what was tampered with is named', async () => {
  const revision = toRevision(info, chains('x'));
  const read = (change: object): Promise<unknown> =>
    unpackRevision('shop', 'prod', gzipSync(JSON.stringify({ ...revision, ...change })));
  await expect(read({ number: 'seven' })).rejects.toThrow('number is malformed');
  await expect(read({ chains: [{}] })).rejects.toThrow('chains.0.workload is malformed');
  await expect(read({ filters: [] })).rejects.toThrow('a chain names a filter that is not there');
});

it('what could not be stored or read back is known before', () => {
  const noise = randomBytes(600_000).toString('base64');
  expect(unrecordable('shop', 'prod', chains(noise))).toBeUndefined();
  expect(unrecordable('shop', 'prod', chains(noise, randomBytes(600_000).toString('base64')))).toMatch(
    /^compressed it has \d+ bytes, and a ConfigMap holds 1044480$/,
  );
  const even = 'x'.repeat(17 * 1024 * 1024);
  expect(unrecordable('shop', 'prod', chains(even, `${even}y`))).toContain('no more than 33554432 are read');
});

it('what unpacks to more than any revision has is not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024));
  expect(bomb.byteLength).toBeLessThan(40_000);
  await expect(unpackRevision('shop', 'prod', bomb)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
});
