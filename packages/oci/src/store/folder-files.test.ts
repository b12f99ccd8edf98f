import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderFiles } from './folder-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a layout folder from elsewhere', () => {
  test('cannot have a file outside of it overwritten by a link', async () => {
    const outside = join(folder, 'outside');
    await writeFile(outside, 'mine');
    await symlink(outside, join(folder, 'index.json.partial'));
    await symlink(outside, join(folder, 'index.json'));
    await folderFiles(folder).write('index.json', Buffer.from('{}'));
    expect(await readFile(outside, 'utf8')).toBe('mine');
    expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe('{}');
    expect((await readdir(folder)).toSorted()).toEqual(['index.json', 'index.json.partial', 'outside']);
  });

  test('cannot have a file written outside of it by a folder that is a link', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await symlink(outside, join(folder, 'blobs'));
    const written = folderFiles(folder).write('blobs/sha256/00', Buffer.from('x'));
    await expect(written).rejects.toMatchObject({
      kind: 'files',
      message: expect.stringContaining('link') as string,
    });
    expect(await readdir(outside, { recursive: true })).toEqual(['sha256']);
    await rm(outside, { recursive: true });
  });

  test('has no device read without an end', async () => {
    await symlink('/dev/zero', join(folder, 'index.json'));
    await expect(folderFiles(folder).read('index.json', 1000)).rejects.toMatchObject({
      message: expect.stringContaining('it is no file') as string,
    });
  });

  test('has no pipe waited for', async () => {
    execFileSync('mkfifo', [join(folder, 'index.json')]);
    await expect(folderFiles(folder).read('index.json', 1000)).rejects.toMatchObject({
      message: expect.stringContaining('it is no file') as string,
    });
  });
});
