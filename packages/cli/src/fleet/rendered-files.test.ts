import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { JsonValue, Rendered } from '@wasmcast/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesOf, kustomizationFile, renderedFiles } from './rendered-files.ts';
import { writeFolder } from './write-folder.ts';

const object = (kind: string, name: string, namespace = 'foo'): JsonValue => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
});

function rendered(objects: readonly JsonValue[], patches: readonly JsonValue[] = []): Rendered {
  return { objects, patches, diagnostics: [] };
}

const two = rendered(
  [object('ConfigMap', 'm'), object('WasmPlugin', 'p', 'bar')],
  [object('Deployment', 'web')],
);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('every object has a file, and a component lists them and says whom the patches are for', () => {
  const files = renderedFiles(two);
  expect([...files.keys()]).toEqual([
    'foo/configmap-m.yaml',
    'bar/wasmplugin-p.yaml',
    'foo/patch-deployment-web.yaml',
    kustomizationFile,
  ]);
  expect(parse(files.get(kustomizationFile) ?? '')).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    resources: ['foo/configmap-m.yaml', 'bar/wasmplugin-p.yaml'],
    patches: [
      {
        path: 'foo/patch-deployment-web.yaml',
        target: { kind: 'Deployment', name: 'web', namespace: 'foo' },
      },
    ],
  });
});

test('two targets with an object of the same name do not share a folder', () => {
  const twice = rendered([object('WasmPlugin', 'p'), object('WasmPlugin', 'p')]);
  expect(() => renderedFiles(twice)).toThrow(expect.objectContaining({ code: 'WC-CLI-095' }));
});

test('a folder that was rendered before has what is wanted now, and what others put beside it', async () => {
  await writeFolder(folder, renderedFiles(two));
  await writeFile(path.join(folder, 'foo', 'NOTES.md'), 'mine');
  await writeFolder(folder, renderedFiles(rendered([object('ConfigMap', 'n')])));
  expect((await readdir(folder, { recursive: true })).toSorted()).toEqual([
    'foo',
    'foo/NOTES.md',
    'foo/configmap-n.yaml',
    kustomizationFile,
  ]);
  expect(await readFile(path.join(folder, 'foo/configmap-n.yaml'), 'utf8')).toContain('kind: ConfigMap');
});

test('a folder of somebody else is left as it is', async () => {
  await writeFile(path.join(folder, kustomizationFile), 'resources: [important.yaml]\n');
  await writeFile(path.join(folder, 'important.yaml'), 'a: 1\n');
  await expect(writeFolder(folder, renderedFiles(two))).rejects.toMatchObject({ code: 'WC-CLI-096' });
  expect((await readdir(folder)).toSorted()).toEqual(['important.yaml', kustomizationFile]);
});

test('a list that was tampered with leads to no file outside the folder', () => {
  const text = renderedFiles(rendered([])).get(kustomizationFile) ?? '';
  const evil = text.replace(
    'resources: []',
    'resources: [../../etc/passwd, /etc/passwd, ../x.yaml, foo/a.yaml, 7]',
  );
  expect(filesOf(evil)).toEqual(['foo/a.yaml']);
});
