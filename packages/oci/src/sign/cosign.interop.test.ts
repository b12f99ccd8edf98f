import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goProgram, requireComponent, skipNote, startRegistry, startStrictRegistry } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attestImage,
  createKeyPair,
  findSignatures,
  pushModule,
  readPrivateKey,
  readPublicKey,
  signImage,
  verifySignatures,
} from '../index.ts';
import type { OciOptions } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';

// Building it takes ten minutes, so the slice of CI does without.
const full = process.env['WASMCAST_FULL'] === '1';
const missing = full
  ? ((await requireComponent('agent')) ?? (await requireComponent('registry')))
  : 'cosign is missing: it is built with WASMCAST_FULL=1 only';
const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };

let program: string;
let folder: string;

/** Runs cosign without its public services: no transparency log, no trusted root. */
async function cosign(...args: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, COSIGN_PASSWORD: 'pass' };
  await promisify(execFile)(program, args, { cwd: folder, env });
}

const flags = {
  tag: {
    sign: ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false'],
    verify: ['--new-bundle-format=false', '--insecure-ignore-tlog=true'],
  },
  bundle: {
    sign: ['--new-bundle-format=true', '--signing-config=none.json'],
    verify: ['--new-bundle-format=true', '--insecure-ignore-tlog=true'],
  },
} as const;

describe.skipIf(missing !== undefined)(`a real cosign${skipNote(missing)}`, () => {
  beforeAll(async () => {
    ({ path: program } = await goProgram('cosign'));
    folder = await mkdtemp(join(tmpdir(), 'cosign-'));
    const pair = await createKeyPair('pass');
    await writeFile(join(folder, 'ours.key'), pair.privateKey);
    await writeFile(join(folder, 'ours.pub'), pair.publicKey);
    const mediaType = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
    await writeFile(
      join(folder, 'none.json'),
      JSON.stringify({ mediaType, rekorTlogConfig: {}, tsaConfig: {} }),
    );
    await cosign('generate-key-pair', '--output-key-prefix', 'theirs');
  }, 1_800_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const registries = [
    ['docker-registry', () => startRegistry()],
    ['a registry with the referrers API', () => startStrictRegistry()],
  ] as const;

  for (const [name, start] of registries) {
    test.each(['tag', 'bundle'] as const)(
      `verifies our %s in ${name}, and we verify its`,
      async (form) => {
        await using registry = await start();
        for (const keys of ['ours', 'theirs']) {
          const read = (file: string) => readFile(join(folder, file), 'utf8');
          const key = await readPrivateKey(await read(`${keys}.key`), 'pass');
          const publicKey = readPublicKey(await read(`${keys}.pub`));
          const options = ['--allow-http-registry', '--key'];

          const one = await pushModule(`${registry.host}/${keys}/one:1`, fakeModule(1000), nobody);
          const verify = ['verify', ...flags[form].verify, ...options, `${keys}.pub`, one.image];
          await expect(cosign(...verify)).rejects.toThrow(/no (matching )?signatures/);
          await signImage(one.image, key, { ...nobody, form });
          await cosign(...verify);

          const two = await pushModule(`${registry.host}/${keys}/two:1`, fakeModule(1000), nobody);
          await cosign('sign', '--yes', ...flags[form].sign, ...options, `${keys}.key`, two.image);
          const found = await verifySignatures(two.image, two.imageDigest, [publicKey], nobody);
          expect(found).toMatchObject([{ form, key: 0 }]);
        }
      },
      120_000,
    );

    test(
      `verifies what we attest in ${name}, and we verify what it attests`,
      { timeout: 120_000 },
      async () => {
        await using registry = await start();
        const predicateType = 'https://slsa.dev/provenance/v1';
        const predicate = { buildDefinition: { buildType: 'test' }, runDetails: {} };
        await writeFile(join(folder, 'provenance.json'), JSON.stringify(predicate));
        const read = (file: string) => readFile(join(folder, file), 'utf8');
        const key = await readPrivateKey(await read('ours.key'), 'pass');
        const options = ['--allow-http-registry', '--type', 'slsaprovenance1', '--key'];

        const one = await pushModule(`${registry.host}/a/one:1`, fakeModule(1000), nobody);
        const verify = ['verify-attestation', ...flags.bundle.verify, ...options, 'ours.pub', one.image];
        await expect(cosign(...verify)).rejects.toThrow(/attestation|signature/);
        await attestImage(one.image, key, { predicateType, predicate }, nobody);
        await cosign(...verify);

        const two = await pushModule(`${registry.host}/a/two:1`, fakeModule(1000), nobody);
        const file = ['--predicate', 'provenance.json'];
        await cosign('attest', '--yes', ...flags.bundle.sign, ...file, ...options, 'theirs.key', two.image);
        const keys = [readPublicKey(await read('theirs.pub'))];
        const { attestations } = await findSignatures(two.image, two.imageDigest, { keys }, nobody);
        expect(attestations).toMatchObject([
          { predicateType, predicate: { buildDefinition: { buildType: 'test' } } },
        ]);
      },
    );
  }
});
