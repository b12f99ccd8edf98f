import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceReader } from './source-reader.ts';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'wasmcast-reader-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

describe('SourceReader', () => {
  it('finds a package in the node_modules of any folder above the importing one', async () => {
    await put('node_modules/@a/b/assembly/index.ts', 'AB');
    await put('project/assembly/index.ts', '');
    const reader = new SourceReader([]);
    expect(reader.read('node_modules/@a/b/assembly/index.ts', join(root, 'project'))).toBe('AB');
    expect(reader.read('node_modules/@a/none/index.ts', join(root, 'project'))).toBeNull();
  });

  it("finds what a linked package needs beside that package's real folder", async () => {
    await put('store/one/node_modules/one/index.ts', 'ONE');
    await put('store/one/node_modules/two/index.ts', 'TWO');
    await mkdir(join(root, 'project/node_modules'), { recursive: true });
    await symlink(join(root, 'store/one/node_modules/one'), join(root, 'project/node_modules/one'));
    const reader = new SourceReader([]);
    const project = join(root, 'project');
    expect(reader.read('node_modules/one/index.ts', project)).toBe('ONE');
    expect(reader.read('node_modules/one/node_modules/two/index.ts', project)).toBe('TWO');
    expect(reader.read('node_modules/two/index.ts', project)).toBeNull();
  });

  it('finds a package from the further folders only when the project has none of its own', async () => {
    await put('tool/node_modules/sdk/index.ts', 'of the tool');
    await put('with/node_modules/sdk/index.ts', 'of the project');
    await mkdir(join(root, 'without'));
    const reader = new SourceReader([join(root, 'tool/lib')]);
    expect(reader.read('node_modules/sdk/index.ts', join(root, 'without'))).toBe('of the tool');
    expect(reader.read('node_modules/sdk/index.ts', join(root, 'with'))).toBe('of the project');
  });

  it('lets a package import itself by name', async () => {
    await put('tool/node_modules/sdk/index.ts', 'SDK');
    await mkdir(join(root, 'project'));
    const reader = new SourceReader([join(root, 'tool')]);
    expect(reader.read('node_modules/sdk/node_modules/sdk/index.ts', join(root, 'project'))).toBe('SDK');
  });

  it('reads nothing that is a folder or absurdly large', async () => {
    await put('folder.ts/x', '');
    await writeFile(join(root, 'large.ts'), Buffer.alloc(8 * 1024 * 1024 + 1));
    const reader = new SourceReader([]);
    expect(reader.read('folder.ts', root)).toBeNull();
    expect(reader.read('folder.ts/x/y.ts', root)).toBeNull();
    expect(reader.read('large.ts', root)).toBeNull();
    expect(reader.count).toBe(0);
  });
});
