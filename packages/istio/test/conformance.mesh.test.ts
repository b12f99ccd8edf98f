import { describeTarget } from '@wasmcast/core/testing';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { describe } from 'vitest';
import { meshFixture } from './mesh.ts';

const missing = await requireComponent('cluster');
const limits = { testMs: 600_000, setupMs: 300_000 };

describe.skipIf(missing !== undefined)(`on a real mesh${skipNote(missing)}`, () => {
  describeTarget('istio, configmap', () => meshFixture('configmap'), limits);
  describeTarget('istio, image', () => meshFixture('image'), limits);
});
