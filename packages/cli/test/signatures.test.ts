import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startStrictRegistry } from '@wasmcast/testbed';
import type { Sha256 } from '@wasmcast/core';
import { testSigstore, workflow } from '../../oci/src/testing/sigstore.ts';
import { Session } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

type Registry = Awaited<ReturnType<typeof startStrictRegistry>>;

let stack: AsyncDisposableStack;
let session: Session;
let registry: Registry;

const env = { COSIGN_PASSWORD: 'secret' };

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  session = stack.use(await Session.open({ 'm.wasm': await trailModule() }));
  registry = stack.use(await startStrictRegistry());
  for (const name of ['release', 'stranger']) await session.run(`keygen ${name}`, { env });
  // The first one compiles the module.
}, 60_000);
afterEach(() => stack.disposeAsync());

/** The fleet with its filter from the registry, and these rules. */
function signed(...rules: readonly string[]): string {
  const image = shop().replace('{file: trail.wasm}', `{image: "${registry.host}/team/trail:1"}`);
  return `${image}signatures:\n${rules.map((rule) => `- ${rule}\n`).join('')}`;
}

const rule = (keys: string, repository = `${registry.host}/team`): string =>
  `{repository: "${repository}", keys: [${keys}]}`;

async function push(byte: number): Promise<string> {
  await session.write({ 'v.wasm': Buffer.concat([await trailModule(), Buffer.from([0, 3, 1, 0x61, byte])]) });
  return (await session.run(`push ${registry.host}/team/trail:1 v.wasm`)).stdout.trim();
}

async function sign(image: string, key: string, form = 'tag'): Promise<void> {
  expect((await session.run(`sign ${image} --key ${key}.key --form ${form}`, { env })).exit).toBe(0);
}

/** How a command ends, and the faults that it names. */
async function faults(line: string): Promise<readonly unknown[]> {
  const { exit, stdout } = await session.run(`${line} -o json`);
  const events = stdout.split('\n').flatMap((text) => {
    return text.startsWith('{"')
      ? [JSON.parse(text) as { readonly code?: string; readonly type: string }]
      : [];
  });
  return [exit, ...new Set(events.flatMap(({ code }) => (code?.startsWith('WC-') === true ? [code] : [])))];
}

describe('a fleet with rules for signatures', () => {
  test.each(['tag', 'bundle'])('runs only what one of its keys has signed: by %s', async (form) => {
    const image = await push(1);
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub')) });
    stack.use(await session.mesh());
    expect(await faults('plan')).toEqual([65, 'WC-SIG-001']);
    expect(await faults('apply')).toEqual([65, 'WC-SIG-001']);
    expect(await faults('update')).toEqual([65, 'WC-SIG-001']);
    await sign(image, 'stranger', form);
    expect(await faults('apply')).toEqual([65, 'WC-SIG-002']);
    await sign(image, 'release', form);
    expect(await faults('apply')).toEqual([0]);
    expect(await faults('status')).toEqual([0]);
    expect(await faults('verify')).toEqual([0]);
    expect(await faults('update')).toEqual([0]);
  });

  test('holds what is live, and a plan that was saved, against them again', async () => {
    const image = await push(1);
    await sign(image, 'release');
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub, stranger.pub')) });
    stack.use(await session.mesh());
    await session.write({ 'plan.json': (await session.run('plan -o json')).stdout });
    // The key is not trusted any more.
    await session.write({ 'wasmcast.yaml': signed(rule('stranger.pub')) });
    expect(await faults('apply plan.json')).toEqual([65, 'WC-SIG-002']);
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub')) });
    expect(await faults('apply plan.json')).toEqual([0]);
    await session.write({ 'wasmcast.yaml': signed(rule('stranger.pub')) });
    expect(await faults('status')).toEqual([5, 'WC-SIG-002']);
    expect(await faults('verify')).toEqual([65, 'WC-SIG-002']);
    // Going back and out are never in the way of whoever is on call.
    expect(await faults('remove')).toEqual([0]);
  });

  test('the longest repository that fits counts; an image that none fits is refused', async () => {
    await push(1);
    const all = '{repository: "*", unsigned: true}';
    const open = `{repository: "${registry.host}/team/trail", unsigned: true}`;
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub'), all) });
    stack.use(await session.mesh());
    expect(await faults('plan')).toEqual([65, 'WC-SIG-001']);
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub'), open) });
    expect(await faults('plan')).toEqual([0]);
    await session.write({ 'wasmcast.yaml': signed(rule('release.pub', `${registry.host}/te`)) });
    expect(await faults('plan')).toEqual([65, 'WC-SIG-003']);
    await session.write({ 'wasmcast.yaml': signed(rule('nowhere.pub')) });
    expect(await faults('plan')).toEqual([65, 'WC-CLI-072']);
  });
});

test('what must be attested besides is asked for by its type', async () => {
  const image = await push(1);
  await sign(image, 'release');
  const provenance = '"https://slsa.dev/provenance/v1"';
  const wanted = `{repository: "*", keys: [release.pub], attestations: [${provenance}]}`;
  await session.write({ 'wasmcast.yaml': signed(wanted), 'provenance.json': '{"buildDefinition":{}}' });
  stack.use(await session.mesh());
  expect(await faults('plan')).toEqual([65, 'WC-SIG-006']);
  const attest = (key: string, type = 'slsaprovenance1') =>
    session.run(`attest ${image} --key ${key}.key --type ${type} --predicate provenance.json`, { env });
  expect((await attest('stranger')).exit).toBe(0);
  expect((await attest('release', 'spdxjson')).exit).toBe(0);
  expect(await faults('plan')).toEqual([65, 'WC-SIG-006']);
  expect((await attest('release')).stdout).toBe(`${image}\n`);
  expect(await faults('plan')).toEqual([0]);
  expect((await attest('release', 'nothing')).exit).toBe(64);
});

test('keyless signatures are believed by issuer and subject, from a trusted root in a file', async () => {
  const image = await push(1);
  const sigstore = await testSigstore();
  const digest = image.replace(/^.*@sha256:/, '') as Sha256;
  await session.write({ 'root.json': sigstore.trustedRoot, 'bundle.json': await sigstore.sign({ digest }) });
  const believed = (subject: string): string =>
    `{repository: "*", keyless: {trustedRoot: root.json, identities: [{issuer: "${workflow.issuer}", subject: "${subject}"}]}}`;
  await session.write({ 'wasmcast.yaml': signed(believed('https://github.com/team/filters/*')) });
  stack.use(await session.mesh());
  expect(await faults('plan')).toEqual([65, 'WC-SIG-001']);
  const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json=bundle.json';
  await session.run(`push ${registry.host}/team/trail:1 v.wasm --attach ${bundle}`);
  expect(await faults('plan')).toEqual([0]);
  await session.write({ 'wasmcast.yaml': signed(believed('https://github.com/mallory/*')) });
  expect(await faults('plan')).toEqual([65, 'WC-SIG-002']);
});

describe('a saved plan', () => {
  test('that the lock has moved away from is refused', async () => {
    await push(1);
    await session.write({ 'wasmcast.yaml': signed('{repository: "*", unsigned: true}') });
    stack.use(await session.mesh());
    await session.run('update');
    await session.write({ 'plan.json': (await session.run('plan -o json --locked')).stdout });
    await push(2);
    expect(await faults('apply plan.json --locked')).toEqual([0]);
    await session.run('update');
    expect(await faults('apply plan.json')).toEqual([65, 'WC-LKF-008']);
  });

  test('with a module that is not locked is told, and refused with --locked', async () => {
    await session.write({ 'trail.wasm': await trailModule(), 'wasmcast.yaml': shop() });
    stack.use(await session.mesh());
    await session.run('update');
    const lock = await readFile(`${session.folder}/wasmcast.lock`, 'utf8');
    await session.write({ 'plan.json': (await session.run('plan -o json')).stdout });
    const other = lock.replace(/"module": "[0-9a-f]{64}"/, `"module": "${'0'.repeat(64)}"`);
    await session.write({ 'wasmcast.lock': other });
    expect(await faults('apply plan.json --locked')).toEqual([65, 'WC-LKF-006']);
    await session.write({ 'wasmcast.lock': lock });
    expect(await faults('apply plan.json --locked')).toEqual([0]);
  });
});
