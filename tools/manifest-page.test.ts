import path from 'node:path';
import { expect, test } from 'vitest';
import { manifestJsonSchema, parseManifest } from '@wasmcast/core';
import { example, manifestPage } from './manifest-page.ts';

const page = manifestPage(manifestJsonSchema());

test('docs/manifest.md says what the schema says', async () => {
  await expect(page).toMatchFileSnapshot(path.resolve(import.meta.dirname, '../docs/manifest.md'));
});

test('its example is a manifest without a fault', () => {
  const { fleet, diagnostics } = parseManifest([{ file: 'wasmcast.yaml', text: example }]);
  expect(diagnostics).toEqual([]);
  expect(fleet?.filters.map(({ name }) => name)).toEqual(['api-key', 'mask-pii', 'geo']);
});
