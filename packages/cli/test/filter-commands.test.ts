import { readFile, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { Session } from './support/session.ts';
import { trailModule } from './support/shop.ts';

const compiling = 120_000;

let session: Session;

describe('a filter project', () => {
  beforeAll(async () => {
    session = await Session.open();
    // As `npm install` would: the project's tests import packages by their names.
    await symlink(
      path.resolve(import.meta.dirname, '../../../node_modules'),
      `${session.folder}/node_modules`,
    );
  });
  afterAll(() => session[Symbol.asyncDispose]());

  test('init makes it, and says what to do next', async () => {
    const { exit, stdout, stderr } = await session.run('init my-filter');
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('made my-filter\nnext:\n  cd my-filter\n');
    const files = await readdir(`${session.folder}/my-filter`);
    expect(files).toEqual(expect.arrayContaining(['.gitignore', 'assembly', 'package.json', 'test']));
    expect(await readFile(`${session.folder}/my-filter/package.json`, 'utf8')).toContain(
      '"name": "my-filter"',
    );
  });

  test('init advises an installation only where the SDK is not found as it is', async () => {
    const readme = (folder: string) => readFile(`${folder}/bare/README.md`, 'utf8');
    const { stdout } = await session.run('init bare');
    expect(stdout + (await readme(session.folder))).not.toContain('npm install');
    await rm(`${session.folder}/bare`, { recursive: true });
    await using elsewhere = await Session.open();
    expect((await elsewhere.run('init bare')).stdout).toContain('  cd bare\n  npm install\n  npx wasmcast');
    expect(await readme(elsewhere.folder)).toContain('`npm install`, ');
  });

  test('init never writes into a folder that has files, nor takes a name that no filter can have', async () => {
    const there = await session.json('init my-filter');
    expect([there.exit, there.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-031' })]);
    const named = await session.json('init My_Filter');
    expect([named.exit, named.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-030' })]);
    expect(await readdir(session.folder)).toEqual(['my-filter', 'node_modules']);
  });

  test('build prints the path of the module, which check then takes', { timeout: compiling }, async () => {
    const built = await session.run('build my-filter');
    expect([built.exit, built.stdout]).toEqual([0, 'my-filter/build/filter.wasm\n']);
    expect(built.stderr).toMatch(/KiB in \d+ ms/);
    const checked = await session.run('check my-filter/build/filter.wasm --envoy 1.36');
    expect(checked.exit).toBe(0);
    expect(checked.stdout).toMatch(/ {2}SDK +@wasmcast\/sdk \d/);
    const folder = await session.run('check my-filter');
    expect([folder.exit, folder.stderr]).toEqual([65, expect.stringContaining('my-filter is a folder')]);
    expect(folder.stderr).toContain('help: its module is my-filter/build/filter.wasm\n');
    expect((await session.run('check my-filter/build')).stderr).toContain('help: name a module in it');
  });

  test('build --debug --out writes elsewhere, with a source map', { timeout: compiling }, async () => {
    const { exit, events } = await session.json('build my-filter --debug --out out/x.wasm');
    expect(exit).toBe(0);
    expect(events.find((e) => e.type === 'module')).toMatchObject({ file: 'out/x.wasm', mode: 'debug' });
    expect(await readdir(`${session.folder}/out`)).toEqual(['x.wasm', 'x.wasm.map']);
  });

  test('its tests run, on the module as it is now', { timeout: compiling }, async () => {
    const { exit, stdout } = await session.run('test my-filter');
    expect([exit, stdout]).toEqual([0, expect.stringMatching(/pass 5\b/)]);
    const { events } = await session.json('test my-filter');
    expect(events.at(-1)).toMatchObject({ command: 'test', pass: 5, fail: 0 });
  });

  test('a module of any language is tested by what is declared', { timeout: compiling }, async () => {
    const declared = (greeting: string): string =>
      `cases: [{name: greets, expect: {response: {headers: {x-greeting: ${greeting}}}}}]`;
    await session.write({ 'foreign/it.test.yaml': declared('hello') });
    const line = 'test foreign --module my-filter/build/filter.wasm';
    const good = await session.run(line);
    expect([good.exit, good.stdout]).toEqual([0, expect.stringMatching(/✔ greets[^]*pass 1\b/)]);
    await session.write({ 'foreign/it.test.yaml': declared('goodbye') });
    const wrong = await session.run(line);
    expect([wrong.exit, wrong.stdout]).toEqual([1, expect.stringMatching(/\+ +'x-greeting': 'hello'/)]);
  });

  test('a replay shows every difference between two versions', { timeout: compiling }, async () => {
    const request = { method: 'GET', url: 'http://shop.example/cart', headers: [] };
    const entries = [{ request, response: { status: 200, headers: [] } }];
    await session.write({
      'shop.har': JSON.stringify({ log: { entries } }),
      'good.json': '{"greeting": "good day"}',
      'none.har': '{}',
    });
    const module = 'my-filter/build/filter.wasm';
    const same = await session.run(`replay shop.har ${module} ${module}`);
    expect([same.exit, same.stdout]).toEqual([0, 'no difference in 1 exchanges\n']);
    const other = await session.run(`replay shop.har ${module} ${module} --new-config good.json`);
    expect([other.exit, other.stdout]).toEqual([
      1,
      '#0 GET /cart\n  response.headers.x-greeting\n    - hello\n    + good day\n1 of 1 exchanges differ\n',
    ]);
    const { exit, events } = await session.json(`replay shop.har ${module} ${module} --new-config good.json`);
    expect([exit, events[0]]).toEqual([1, expect.objectContaining({ type: 'replay' })]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'difference', index: 0 }));
    expect((await session.run(`replay none.har ${module} ${module}`)).exit).toBe(65);
    expect((await session.run(`replay shop.har ${module} missing.wasm`)).exit).toBe(65);
  });

  test('declared tests with faults do not run: 65', { timeout: compiling }, async () => {
    await session.write({ 'faulty/it.test.yaml': 'cases:\n  - nam: a\n    expect: {upstream: 1}\n' });
    const { exit, stdout, stderr } = await session.run('test faulty --module my-filter/build/filter.wasm');
    expect([exit, stdout]).toEqual([65, '']);
    for (const place of ['2:5', '3:24']) expect(stderr).toContain(` --> faulty/it.test.yaml:${place}`);
  });

  test('a test that fails: exit 1', { timeout: compiling }, async () => {
    await session.write({ 'my-filter/test/wrong.test.ts': "throw new Error('not so');\n" });
    const { exit, events } = await session.json('test my-filter');
    expect([exit, events.at(-1)]).toEqual([1, expect.objectContaining({ fail: 1 })]);
  });

  test(
    'errors of the compiler point at the lines of the author, all of them: 65',
    { timeout: compiling },
    async () => {
      const file = 'my-filter/assembly/index.ts';
      const text = await readFile(path.join(session.folder, file), 'utf8');
      const broken = text.replace("'hello'", '42').replace('config.accept()', 'config.acept()');
      await session.write({ [file]: broken });
      const { exit, stdout, stderr } = await session.run('build my-filter');
      expect([exit, stdout]).toEqual([65, '']);
      const lineOf = (needle: string): number => broken.split('\n').findIndex((l) => l.includes(needle)) + 1;
      expect(stderr).toContain(` --> ${file}:${lineOf(', 42)')}:`);
      expect(stderr).toContain(` --> ${file}:${lineOf('acept')}:`);
      const { events } = await session.json('build my-filter');
      expect(events.filter((e) => e.type === 'diagnostic')).toHaveLength(2);
    },
  );

  test('no project there: 65', async () => {
    const { exit, events } = await session.json('build nowhere');
    expect(exit).toBe(65);
    expect(events.some((e) => e.type === 'diagnostic' || e.type === 'error')).toBe(true);
  });
});

describe('check', () => {
  beforeEach(async () => {
    const good = await trailModule();
    session = await Session.open({
      'good.wasm': good,
      'truncated.wasm': good.slice(0, -50),
      'text.wasm': 'not wasm at all',
      'empty.wasm': '',
      // A module without any of what a filter must have.
      'bare.wasm': new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    });
  });
  afterEach(() => session[Symbol.asyncDispose]());

  test('says of every module every reason why not: 65', async () => {
    const files = ['good', 'truncated', 'text', 'empty', 'bare', 'nowhere'].map((name) => `${name}.wasm`);
    const { exit, events } = await session.json(`check ${files.join(' ')}`);
    expect(exit).toBe(65);
    const modules = events.filter((e) => e.type === 'module');
    expect(modules.map((e) => [e['file'], e['ok']])).toEqual(files.map((f) => [f, f === 'good.wasm']));
    expect(events.at(-1)).toMatchObject({ command: 'check', modules: 6, refused: 5 });
    // The faults of a module follow it; the bare one lacks more than one thing.
    const codes = Object.fromEntries(files.map((file) => [file, 0]));
    let file = '';
    for (const event of events) {
      if (event.type === 'module') file = event['file'] as string;
      if (event['severity'] === 'error') codes[file] = (codes[file] ?? 0) + 1;
    }
    expect(codes['good.wasm']).toBe(0);
    expect(codes['bare.wasm']).toBeGreaterThan(1);
    expect(Object.values(codes).filter((n) => n > 0)).toHaveLength(5);
  });

  test('as text: what each is on stdout, the faults on stderr', async () => {
    const { exit, stdout, stderr } = await session.run('check good.wasm text.wasm');
    expect(exit).toBe(65);
    expect(stdout).toMatch(/^good\.wasm\n {2}digest +sha256:[0-9a-f]{64}\n/);
    expect(stdout).toContain('text.wasm\n');
    expect(stderr).toMatch(/^error\[WC-[A-Z]+-\d{3}\]: /);
  });

  test('says what a module costs', async () => {
    const { events } = await session.json('check good.wasm');
    expect(events[0]?.['cost']).toEqual({
      compileMs: expect.any(Number),
      memoryBytes: expect.any(Number),
      requestUs: expect.any(Number),
    });
    const { stdout } = await session.run('check good.wasm');
    expect(stdout).toMatch(
      /compilation +.* of CPU on this machine\n {2}memory +\d.* a VM; .*\n {2}request +[\d.]+ µs of CPU/,
    );
  });

  test('with its configuration a module must start: 65, with its log lines', async () => {
    await session.write({ 'config.json': '{"mark":"please-refuse"}' });
    const { exit, events } = await session.json('check good.wasm --config config.json');
    expect(exit).toBe(65);
    expect(events[0]).toMatchObject({
      ok: false,
      cost: { notMeasured: 'refuses its configuration (on_configure returned false)' },
    });
    expect(events[1]).toMatchObject({
      code: 'WC-PRE-001',
      severity: 'error',
      detail: ['info: configured a', 'error: this configuration is not for me'],
    });
  });

  test('an Envoy that is not known is a wrong command line: 64', async () => {
    const { exit, events } = await session.json('check good.wasm --envoy 0.9');
    expect([exit, events[0]]).toEqual([
      64,
      expect.objectContaining({ code: 'WC-CLI-041', help: expect.stringContaining('1.40') }),
    ]);
  });
});

describe('schema', () => {
  test('is one JSON document, whatever the form', async () => {
    session = await Session.open();
    const [text, json] = await Promise.all([session.run('schema'), session.run('schema -o json')]);
    expect(JSON.parse(text.stdout)).toMatchObject({ title: 'wasmcast.yaml' });
    expect([json.stdout, json.stderr, json.exit]).toEqual([text.stdout, '', 0]);
    await session[Symbol.asyncDispose]();
  });
});
