import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Event, Session } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

let session: Session;

beforeAll(async () => {
  session = await Session.open({ 'trail.wasm': await trailModule() });
}, 60_000);
afterAll(() => session[Symbol.asyncDispose]());

/** `file:line` of a diagnostic. */
function placeOf(event: Event | undefined): string {
  const source = event?.['source'] as
    | { file: string; line: number; column: number; lineText: string }
    | undefined;
  return source === undefined ? '' : `${source.file}:${source.line}`;
}

/** What plan says of a manifest, as `code place`. */
async function faults(manifest: string): Promise<{ exit: number; found: readonly Event[] }> {
  await session.write({ 'wasmcast.yaml': manifest });
  const { exit, stdout } = await session.run('plan -o json');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  expect(events.at(-1)).toMatchObject({ type: 'summary', command: 'plan', exitCode: exit });
  return { exit, found: events.filter((e) => e['severity'] === 'error') };
}

/** Each manifest, and what must be said of it: part of the text, and the line that it is about. */
const manifests: Readonly<
  Record<string, { readonly text: string; readonly says: RegExp; readonly line?: number }>
> = {
  'an unknown key': { text: shop().replace('chain: [trail]}', 'chian: [trail]}'), says: /chain/, line: 13 },
  'a wrong type': { text: shop().replace('chain: [trail]', 'chain: trail'), says: /list|array/i, line: 13 },
  'a duplicate name': {
    text: shop(
      'one',
      '- {name: cart, target: laptop, select: {namespace: shop, name: cart}, chain: [trail]}\n',
    ),
    says: /cart/,
    line: 15,
  },
  'a key twice': { text: shop('one', 'kind: Fleet\n'), says: /kind/, line: 15 },
  'a filter that nobody defined': {
    text: shop().replace('chain: [trail]', 'chain: [trial]'),
    says: /trail/,
    line: 13,
  },
  'an empty selector': {
    text: shop().replace('select: {namespace: shop, labels: {app: cart}}', 'select: {}'),
    says: /namespace|select/,
    line: 13,
  },
  'a target that nobody defined': {
    text: shop().replace('target: laptop', 'target: lapdog'),
    says: /laptop/,
    line: 13,
  },
  'YAML that does not parse': { text: shop().replace('[trail]', '[trail'), says: /./, line: 13 },
  'no YAML at all': { text: '\u0000\u0001', says: /./ },
  'an empty file': { text: '', says: /./ },
};

describe('a manifest with a fault is refused with its place and advice: 65', () => {
  test.each(Object.entries(manifests))('%s', async (_name, { text, says, line }) => {
    const { exit, found } = await faults(text);
    expect(exit).toBe(65);
    const [first] = found;
    expect(`${first?.['summary'] as string} ${String(first?.['help'])}`).toMatch(says);
    const place = placeOf(first);
    expect(place).toBe(line === undefined ? place : `wasmcast.yaml:${line}`);
  });

  test('all faults at once, from all parts', async () => {
    const text = shop()
      .replace('config: one', 'confg: one')
      .replace('target: laptop', 'target: 7')
      .replace('chain: [trail]}\n- {name: stock', 'chain: [trial]}\n- {name: stock');
    const { found } = await faults(text);
    expect(found.map(placeOf)).toEqual(['wasmcast.yaml:5', 'wasmcast.yaml:13', 'wasmcast.yaml:13']);
  });

  test('for people: the line, a mark under the fault, and "did you mean"', async () => {
    await session.write({ 'wasmcast.yaml': shop().replace('chain: [trail]}', 'chian: [trail]}') });
    const { exit, stdout, stderr } = await session.run('apply');
    expect([exit, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/error\[WC-MAN-\d{3}\]: .*\n --> wasmcast\.yaml:13:\d+\n/);
    expect(stderr).toMatch(/\n {2}13 \| .*chian: \[trail\].*\n +\| +\^+/);
    expect(stderr).toContain('did you mean `chain`?');
  });
});

describe('a module with a fault', () => {
  test.each([
    ['is not Wasm', 'not wasm'],
    ['is truncated', undefined],
    ['is empty', ''],
  ])('that %s is refused at the line that names it: 65', async (_name, content) => {
    const good = await trailModule();
    await session.write({ 'broken.wasm': content ?? good.slice(0, -50) });
    await using _mesh = await meshOf(shop());
    const { exit, found } = await faults(shop().replace('trail.wasm', 'broken.wasm'));
    expect([exit, found.map(placeOf)]).toEqual([65, found.map(() => 'wasmcast.yaml:5')]);
    expect(found.length).toBeGreaterThan(0);
  });

  test('that is not there is refused, with what to do', async () => {
    await using _mesh = await meshOf(shop());
    const { exit, found } = await faults(shop().replace('trail.wasm', 'tail.wasm'));
    expect([exit, found.map(placeOf)]).toEqual([65, ['wasmcast.yaml:5']]);
    expect(found[0]).toMatchObject({ code: 'WC-MOD-100', help: expect.stringContaining('wasmcast build') });
  });

  test('faults of the module, of a binding and of another filter come together', async () => {
    await session.write({ 'broken.wasm': 'not wasm' });
    await using _mesh = await meshOf(shop());
    const text = shop('please-refuse')
      .replace('filters:\n', 'filters:\n- {name: broken, module: {file: broken.wasm}}\n')
      .replace('chain: [trail]', 'chain: [trail, broken]')
      .replace('app: stock}}, chain', 'app: stick}}, chain');
    const { found } = await faults(text);
    const codes = found.map((e) => e['code']);
    expect(codes).toEqual(expect.arrayContaining(['WC-PLAN-001', 'WC-PRE-001']));
    expect(codes.length).toBe(3);
  });
});

describe('a command line that is wrong: 64', () => {
  const lines = [
    'appply',
    'plan --detailed',
    'plan extra',
    'check',
    'init',
    'apply -o yaml',
    'status --target',
    'check x.wasm --envoy nine',
  ];
  test.each(lines)('%s', async (line) => {
    const text = await session.run(line);
    expect([text.exit, text.stdout]).toEqual([64, '']);
    expect(text.stderr).toMatch(/^error/);
    if (line.includes('-o')) return;
    const { exit, events } = await session.json(line);
    expect([exit, events.map((e) => e.type)]).toEqual([64, ['error', 'summary']]);
  });

  test('a command that is nearly right is asked after', async () => {
    expect((await session.run('appply')).stderr).toContain('Did you mean apply?');
  });
});

describe('what cannot be reached: 69', () => {
  const commands = ['plan', 'apply', 'status', 'verify', 'history', 'rollback', 'remove', 'unlock x'].concat([
    'pause',
    'resume',
    'promote',
    'abort',
    'retry',
  ]);

  test.each(commands)('an embedded mesh that nobody runs: %s', async (command) => {
    await session.write({ 'wasmcast.yaml': shop() });
    const text = await session.run(command);
    expect([text.exit, text.stdout]).toEqual([69, '']);
    expect(text.stderr).toContain('error[WC-LOC-001]: the embedded mesh is not running');
    expect(text.stderr).toContain('help: start it: wasmcast run');
  });

  test.each(commands)('an API server at a closed port: %s', async (command) => {
    await session.write({ 'wasmcast.yaml': onIstio, kubeconfig: kubeconfig('https://127.0.0.1:1') });
    const { exit, stdout } = await session.run(
      `${command} --kubeconfig ${session.folder}/kubeconfig -o json`,
    );
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    expect(events.at(-2)).toMatchObject({ exitCode: 69, message: expect.stringContaining('127.0.0.1:1') });
    expect([exit, events.at(-1)]).toEqual([69, expect.objectContaining({ type: 'summary', exitCode: 69 })]);
  });

  /** `status` against an API server without an object, which answers what is asked of one with this. */
  async function statusOfNothing(answer: (url: string) => 403 | 404) {
    const rules = { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] };
    const server = http.createServer(({ url = '' }, response) => {
      const isObject = /\/(namespaces|leases|configmaps)\/[^/]+$/.test(url);
      response.writeHead(isObject ? answer(url) : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isObject ? { message: 'no' } : { items: [], status: rules }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await session.write({ 'wasmcast.yaml': onIstio, kubeconfig: kubeconfig(`http://127.0.0.1:${port}`) });
    const answered = await session.json(`status --kubeconfig ${session.folder}/kubeconfig`);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return answered;
  }

  test('a namespace that is not there is not live: status 5', async () => {
    const { exit, events } = await statusOfNothing(() => 404);
    expect(events[0]).toMatchObject({ severity: 'error', code: 'WC-IST-011' });
    expect([exit, events.at(-1)]).toEqual([5, expect.objectContaining({ instances: 0, exitCode: 5 })]);
  });

  test('whoever may not look at rollouts is told so, and what the instances run all the same', async () => {
    const { exit, events } = await statusOfNothing((url) => (url.includes('/leases/') ? 403 : 404));
    expect(events[0]).toMatchObject({ severity: 'warning', subject: 'laptop' });
    expect([exit, events.at(-1)]).toEqual([5, expect.objectContaining({ instances: 0, exitCode: 5 })]);
  });

  test('a kubeconfig that is not there, and a context that it does not have', async () => {
    await session.write({ 'wasmcast.yaml': onIstio, kubeconfig: kubeconfig('https://127.0.0.1:1') });
    const none = await session.json('status --kubeconfig nowhere');
    expect([none.exit, none.events[0]]).toEqual([65, expect.objectContaining({ code: 'WC-KUBE-010' })]);
    const other = await session.json(`status --kubeconfig ${session.folder}/kubeconfig --context moon`);
    expect(other.events[0]).toMatchObject({ code: 'WC-KUBE-010', message: expect.stringContaining('moon') });
  });
});

test('no manifest anywhere above, or none where -f points', async () => {
  await using empty = await Session.open({ '.git/HEAD': '', 'folder/x.txt': '' });
  const codes: unknown[] = [];
  for (const line of ['plan', 'plan -f nowhere.yaml', 'plan -f folder']) {
    const { exit, stdout } = await empty.run(`${line} -o json`);
    codes.push([exit, (JSON.parse(stdout.split('\n')[0] ?? '') as Event)['code']]);
  }
  expect(codes).toEqual([
    [65, 'WC-CLI-013'],
    [65, 'WC-CLI-010'],
    [65, 'WC-CLI-011'],
  ]);
});

test('a folder without a manifest: its subfolders that have one are named', async () => {
  await using above = await Session.open({
    'a/b/x.yaml': '',
    'a/c/x.yml': '',
    'a/d/x.txt': '',
    'a/.e/x.yaml': '',
  });
  const { exit, stderr } = await above.run('plan -f a');
  expect(exit).toBe(65);
  expect(stderr).toMatch(/no \*\.yaml in the folder a\nhelp: a subfolder has one: -f a\/b, -f a\/c\n$/);
});

const onIstio = shop().replace(/targets:[^]*bindings:/, 'targets:\n- {name: laptop, istio: {}}\nbindings:');

function kubeconfig(server: string): string {
  return `apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "${server}"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
`;
}

/** The mesh of a manifest; the manifest may change under it. */
async function meshOf(manifest: string): Promise<AsyncDisposable> {
  await session.write({ 'wasmcast.yaml': manifest });
  return await session.mesh();
}
