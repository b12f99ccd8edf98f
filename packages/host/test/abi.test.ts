import path from 'node:path';
import { requireComponent, skipNote, versions } from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { abiPage, type AbiRun } from './abi/page.ts';
import { abiProbe, holds, olderAbis } from './abi/probes.ts';
import { runInEnvoy } from './sides/in-envoy.ts';
import { runInHost } from './sides/in-host.ts';

const missing = await requireComponent('envoy');
const page = path.join(import.meta.dirname, '..', '..', '..', 'docs', 'host-agreement-abi.md');

describe.skipIf(missing !== undefined)(`modules of older ABIs${skipNote(missing)}`, () => {
  const runs: AbiRun[] = [];

  describe.each(olderAbis)('%s', (abi) => {
    test.each(holds)('with a %s that is held', async (held) => {
      const probe = abiProbe(abi, held);
      const [there, here] = [await runInEnvoy([probe], versions.envoy), await runInHost([probe])];
      runs.push({ abi, here: here.crossings, there: there.crossings });
      // It was held, went on, and came to its end.
      expect(
        there.crossings.filter((line) => /^\[host->vm\] proxy_on_(tick|delete)\(/.test(line)),
      ).toHaveLength(3);
      expect(here.crossings).toEqual(there.crossings);
      expect(here.exchanges).toEqual(there.exchanges);
    });
  });

  test('the page about it is of this run', async () => {
    await expect(abiPage(runs, versions.envoy)).toMatchFileSnapshot(page);
  });
});
