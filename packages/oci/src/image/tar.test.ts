import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOciError } from '../errors.ts';
import { inMemory } from './module-taker.ts';
import { findInTar } from './tar-reader.ts';
import { tarOf } from './tar-writer.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const find = (bytes: Uint8Array, size = 4096) =>
  findInTar(pieces(bytes, size), 'plugin.wasm', 2 ** 20, inMemory);

/** An archive entry, without the end of the archive. */
function entry(
  name: string,
  content: Uint8Array | string,
  change: (header: Buffer) => void = () => {},
): Buffer {
  const archive = Buffer.from(tarOf(name, Buffer.from(content)));
  change(archive);
  resum(archive.subarray(0, 512));
  return archive.subarray(0, -1024);
}

function resum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

const type = (flag: string) => (header: Buffer) => void header.write(flag, 156, 'latin1');
const size = (text: string) => (header: Buffer) => void header.write(text, 124, 'latin1');
const end = Buffer.alloc(1024);
const pax = (key: string, value: string): Buffer => {
  let length = key.length + value.length + 4;
  while (`${length} ${key}=${value}\n`.length > length) length += 1;
  return entry('pax', `${length} ${key}=${value}\n`, type('x'));
};

describe('the archive that is written', () => {
  test('is read by the system’s tar as one ordinary file of nobody in particular', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oci-tar-'));
    try {
      writeFileSync(join(folder, 'a.tar'), tarOf('plugin.wasm', Buffer.from('hello')));
      const list = execFileSync('tar', ['--utc', '--numeric-owner', '-tvf', join(folder, 'a.tar')], {
        encoding: 'utf8',
      });
      expect(list.replaceAll(/ +/g, ' ').trim()).toBe('-rw-r--r-- 0/0 5 1970-01-01 00:00 plugin.wasm');
      execFileSync('tar', ['-xf', join(folder, 'a.tar'), '-C', folder]);
      expect(execFileSync('cat', [join(folder, 'plugin.wasm')], { encoding: 'utf8' })).toBe('hello');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('gives the same bytes back, in whatever pieces it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 1500 }),
        async (content, step) => {
          expect(Buffer.from((await find(tarOf('plugin.wasm', content), step)) ?? 'none')).toEqual(
            Buffer.from(content),
          );
        },
      ),
    );
  });
});

describe('the module is found as the agent finds it', () => {
  test.each(['gnu', 'pax', 'ustar', 'v7'])(
    'in an archive of GNU tar in the format %s, behind links and folders',
    async (format) => {
      const folder = mkdtempSync(join(tmpdir(), 'oci-tar-'));
      try {
        const deep = join(folder, 'd'.repeat(90), format === 'v7' ? '' : 'e'.repeat(70));
        mkdirSync(deep, { recursive: true });
        writeFileSync(join(folder, 'a-first.txt'), 'x'.repeat(700));
        symlinkSync('/etc/passwd', join(folder, 'b-link'));
        writeFileSync(join(deep, format === 'v7' ? 'x.wasm' : 'plugin.wasm'), 'the module');
        if (format === 'v7') writeFileSync(join(folder, 'plugin.wasm'), 'the module');
        const bytes = execFileSync('tar', [
          `--format=${format}`,
          '--sort=name',
          '-cf',
          '-',
          '-C',
          folder,
          '.',
        ]);
        expect(Buffer.from((await find(bytes)) ?? '').toString()).toBe('the module');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test.each<[string, Buffer[], string | undefined]>([
    ['the first one counts', [entry('a/plugin.wasm', 'one'), entry('plugin.wasm', 'two'), end], 'one'],
    ['a name with a path in it is still only a name', [entry('../../plugin.wasm', 'one'), end], 'one'],
    ['another name is not it', [entry('myplugin.wasm', 'one'), end], undefined],
    ['an archive may just end', [entry('plugin.wasm', 'one')], 'one'],
    ['a pax path replaces the name', [pax('path', 'plugin.wasm'), entry('other', 'one'), end], 'one'],
    ['a pax path replaces our name too', [pax('path', 'other'), entry('plugin.wasm', 'one'), end], undefined],
    ['a pax size replaces the size', [pax('size', '2'), entry('plugin.wasm', 'one'), end], 'on'],
    [
      'a long name of GNU',
      [entry('././@LongLink', 'x/plugin.wasm\0', type('L')), entry('x', 'one'), end],
      'one',
    ],
    [
      'a link’s declared size is not skipped',
      [entry('l', '', (h) => (type('2')(h), size('00000001000')(h))), entry('plugin.wasm', 'one'), end],
      'one',
    ],
    ['nothing at all', [], undefined],
  ])('%s', async (_, parts, content) => {
    const found = await find(Buffer.concat(parts));
    expect(found === undefined ? undefined : Buffer.from(found).toString()).toBe(content);
  });

  test.each<[string, Buffer[]]>([
    ['a symbolic link of that name', [entry('plugin.wasm', '', type('2')), end]],
    ['a hard link of that name', [entry('plugin.wasm', '', type('1')), end]],
    ['a folder of that name', [entry('plugin.wasm/', '', type('5')), end]],
    ['a device of that name', [entry('plugin.wasm', '', type('3')), end]],
    ['a sparse file', [entry('plugin.wasm', 'x', type('S')), end]],
    ['a sparse file in pax', [pax('GNU.sparse.major', '1'), entry('plugin.wasm', 'x'), end]],
    ['a size larger than what comes', [entry('plugin.wasm', 'x', size('00000077777')), end]],
    [
      'a size larger than any memory',
      [entry('plugin.wasm', 'x', (h) => void h.write('8000000001fffffffffffff0', 124, 'hex')), end],
    ],
    [
      'a negative size',
      [entry('plugin.wasm', 'x', (h) => void h.write('ffffffffffffffffffffffff', 124, 'hex')), end],
    ],
    ['a size that is no number', [entry('plugin.wasm', 'x', size('9zz')), end]],
    ['a pax size that is none', [pax('size', '-1'), entry('plugin.wasm', 'x'), end]],
    [
      'a pax record longer than its header',
      [entry('pax', '99 path=x\n', type('x')), entry('plugin.wasm', 'x'), end],
    ],
    ['pax without end', Array.from({ length: 20 }, () => pax('path', 'plugin.wasm'))],
    ['something between the two last blocks', [Buffer.alloc(512), entry('plugin.wasm', 'x'), end]],
    ['a wrong checksum', [Buffer.from(entry('plugin.wasm', 'x')).fill('q', 0, 1), end]],
    ['half a header', [entry('plugin.wasm', 'x').subarray(0, 300)]],
  ])('%s is refused', async (_, parts) => {
    await expect(find(Buffer.concat(parts))).rejects.toMatchObject({ kind: 'archive', exit: 'invalid' });
  });

  test('any archive ends in an answer or in our error', async () => {
    const seed = Buffer.concat([pax('path', 'plugin.wasm'), entry('x', 'one'), end]);
    const change = fc.tuple(fc.nat(seed.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.boolean(), async (changes, repaired) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of changes) bytes[at] = value;
        if (repaired) for (const at of [0, 1024]) resum(bytes.subarray(at, at + 512));
        const outcome: unknown = await find(bytes).catch((error: unknown) => error);
        expect(outcome === undefined || outcome instanceof Uint8Array || isOciError(outcome, 'archive')).toBe(
          true,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
