import { describe, expect, test } from 'vitest';
import type { Sha256 } from '../digest.ts';
import { filterSpec } from '../testing/values.ts';
import { checkLock } from './check-lock.ts';
import { diffLocks } from './diff-locks.ts';
import { type Lock, type LockedFilter, lockText, lockedDigest, parseLock } from './lock.ts';

const digest = (digit: string): Sha256 => digit.repeat(64) as Sha256;
const reference = 'registry.example/f:1';
const image: LockedFilter = {
  module: digest('a'),
  size: 10,
  image: { reference, digest: digest('1') },
  abi: '0.2.1',
  imports: ['env.proxy_log', 'env.proxy_done'],
};
const file: LockedFilter = { module: digest('b'), size: 20, imports: [] };
const lock: Lock = { version: 1, fleet: 'shop', filters: { image, file } };

const imageSpec = filterSpec('image', { module: { kind: 'image', reference } });
const fileSpec = filterSpec('file', { module: { kind: 'file', path: 'x.wasm' } });

describe('the text of a lock', () => {
  test('is read back, and does not depend on the order of its facts', () => {
    const text = lockText(lock);
    expect(parseLock(text)).toMatchObject({ kind: 'lock', lock: { fleet: 'shop' } });
    const turned = {
      ...lock,
      filters: { file, image: { ...image, imports: image.imports.toReversed() } },
    };
    expect(lockText(turned)).toBe(text);
    const again = parseLock(text);
    expect(again.kind === 'lock' && diffLocks(lock, again.lock)).toEqual([]);
  });

  test.each([
    ['', /JSON/],
    ['{}', /version/],
    [lockText(lock).replace('"version": 1', '"version": 2'), /version/],
    [lockText(lock).replace('a'.repeat(64), 'A'.repeat(64)), /filters\.image\.module/],
    [lockText(lock).replace('"size": 10', '"size": -1'), /size/],
    [lockText(lock).replace('"size": 10', '"size": 10, "more": 1'), /filters\.image/],
  ])('%# is refused with the place', (text, reason) => {
    expect(parseLock(text)).toMatchObject({
      kind: 'invalid',
      reason: expect.stringMatching(reason) as string,
    });
  });
});

describe('a filter held against the lock', () => {
  const codes = (found: Parameters<typeof checkLock>[1], strict = false, against = lock) =>
    checkLock(against, found, strict).map((each) => `${each.severity} ${each.code}`);

  test('as it was locked: nothing to say', () => {
    for (const strict of [false, true]) {
      expect(codes({ spec: imageSpec, module: digest('a') }, strict)).toEqual([]);
      expect(codes({ spec: imageSpec, module: digest('a'), tag: digest('1') }, strict)).toEqual([]);
      expect(codes({ spec: fileSpec, module: digest('b') }, strict)).toEqual([]);
    }
    expect(lockedDigest(lock, imageSpec)).toBe(digest('1'));
    expect(lockedDigest(lock, fileSpec)).toBeUndefined();
  });

  test('a tag that moved is information, and the digest stays', () => {
    expect(codes({ spec: imageSpec, module: digest('a'), tag: digest('9') })).toEqual(['info WC-LKF-005']);
    const led = { ...image, image: { reference, digest: digest('1'), index: digest('9') } };
    const through = { ...lock, filters: { image: led } };
    expect(codes({ spec: imageSpec, module: digest('a'), tag: digest('9') }, false, through)).toEqual([]);
  });

  test('what the lock does not say is refused when it must be locked, else told', () => {
    const unknown = { spec: filterSpec('new'), module: digest('c') };
    expect([codes(unknown), codes(unknown, true)]).toEqual([['warning WC-LKF-002'], ['error WC-LKF-002']]);
    const renamed = {
      spec: filterSpec('image', { module: { kind: 'image', reference: 'registry.example/f:2' } }),
      module: digest('a'),
    };
    expect([codes(renamed), codes(renamed, true)]).toEqual([['warning WC-LKF-003'], ['error WC-LKF-003']]);
    expect(lockedDigest(lock, renamed.spec)).toBeUndefined();
    const rebuilt = { spec: fileSpec, module: digest('c') };
    expect([codes(rebuilt), codes(rebuilt, true)]).toEqual([['info WC-LKF-006'], ['error WC-LKF-006']]);
    expect(codes({ spec: filterSpec('constructor'), module: digest('c') }, true)).toEqual([
      'error WC-LKF-002',
    ]);
  });

  test('an image that a saved plan has, and the lock has not any more, is refused in any case', () => {
    const module = digest('a');
    expect(codes({ spec: imageSpec, module, image: digest('1') }, true)).toEqual([]);
    expect(codes({ spec: imageSpec, module, image: digest('2') })).toEqual(['error WC-LKF-008']);
  });

  test('an image of the locked digest with another module is refused in any case', () => {
    expect(codes({ spec: imageSpec, module: digest('c') })).toEqual(['error WC-LKF-004']);
  });
});

test('a diff names what comes, goes and changes, with the imports', () => {
  const moved = { ...image, module: digest('c'), imports: ['env.proxy_log', 'env.proxy_new'] };
  const after = { ...lock, filters: { image: moved, other: file } };
  expect(diffLocks(lock, after)).toMatchObject([
    { kind: 'removed', filter: 'file' },
    { kind: 'changed', filter: 'image', importsAdded: ['env.proxy_new'], importsRemoved: ['env.proxy_done'] },
    { kind: 'added', filter: 'other' },
  ]);
  expect(diffLocks(undefined, lock).map((each) => each.kind)).toEqual(['added', 'added']);
});
