import { mkdir, readFile, rename } from 'node:fs/promises';
import { Agent, type IncomingMessage, get } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ChildAnswer, runChild } from './support/child.ts';
import { type Event, Session } from './support/session.ts';

const entry = 'hello/assembly/index.ts';
const header = "'x-greeting'";

/**
 * Runs `build --watch` in a process of its own. Each time it waits for a change the next of `steps` is done, at last it is
 * interrupted.
 */
async function watching(session: Session, steps: readonly (() => Promise<void>)[]): Promise<ChildAnswer> {
  const failures: unknown[] = [];
  let done = 0;
  const answer = await runChild(session, 'build hello --watch', (event, send) => {
    if (event.type !== 'watching') return;
    const step = steps[done++];
    if (step === undefined) return send('SIGINT');
    step().catch((error: unknown) => {
      failures.push(error);
      send('SIGINT');
    });
  });
  expect(failures).toEqual([]);
  return answer;
}

/** Replaces a file at once, as editors do: half of one would be a change of its own. */
async function put(session: Session, name: string, text: string): Promise<void> {
  const file = path.join(session.folder, name);
  await session.write({ written: text });
  await mkdir(path.dirname(file), { recursive: true });
  await rename(path.join(session.folder, 'written'), file);
}

/** What was told from one wait to the next, without the stages of the compiler. */
function rounds(events: readonly Event[]): string[] {
  const told = events.filter(({ type }) => !['build', 'built'].includes(type)).map(({ type }) => type);
  return told
    .join(' ')
    .split('watching')
    .map((round) => round.trim());
}

const holds = (wasm: Uint8Array, text: string): boolean =>
  Buffer.from(wasm).includes(Buffer.from(text, 'utf16le'));

test(
  'build --watch builds again whenever a file changes that the compiler asked for, until interrupted',
  { timeout: 120_000 },
  async () => {
    await using session = await Session.open();
    expect((await session.run('init hello')).exit).toBe(0);
    const source = await readFile(`${session.folder}/${entry}`, 'utf8');
    const module = (): Promise<Uint8Array> => readFile(`${session.folder}/hello/build/filter.wasm`);
    const modules: Uint8Array[] = [];
    const imports = "import { name } from './lib/name';\nimport { word } from 'words/index';\n";
    const { exit, events, stderr } = await watching(session, [
      async () => {
        modules.push(await module());
        await put(session, entry, `${source}\nnonsense();\n`);
      },
      // The files that it imports are not there, nor are their folders.
      () => put(session, entry, imports + source.replace(header, 'name + word')),
      () => put(session, 'hello/node_modules/words/index.ts', "export const word = '-one';\n"),
      () => put(session, 'hello/assembly/lib/name.ts', "export const name = 'x-cold';\n"),
      async () => {
        modules.push(await module());
        await put(session, 'hello/node_modules/words/index.ts', "export const word = '-two';\n");
      },
      async () => {
        modules.push(await module());
        await put(session, entry, source);
      },
    ]);
    modules.push(await module());
    expect([exit, stderr]).toEqual([0, '']);
    const failed = 'changed diagnostic';
    const good = 'changed module';
    expect(rounds(events)).toEqual([
      'module',
      failed,
      `${failed} diagnostic`,
      failed,
      good,
      good,
      good,
      'summary',
    ]);
    expect(events.filter(({ type }) => type === 'changed').map(({ files }) => files)).toEqual([
      [entry],
      [entry],
      ['hello/node_modules/words/index.ts'],
      ['hello/assembly/lib/name.ts'],
      ['hello/node_modules/words/index.ts'],
      [entry],
    ]);
    expect(modules.map((wasm) => holds(wasm, '-one'))).toEqual([false, true, false, false]);
    expect(modules.map((wasm) => holds(wasm, '-two'))).toEqual([false, false, true, false]);
    // A compiler that is warm, and has compiled other things, gives the same bytes.
    expect(Buffer.compare(modules[3] ?? Buffer.of(), modules[0] ?? Buffer.of())).toBe(0);
  },
);

test(
  'ends at once when it is interrupted while it builds, and leaves nothing half written',
  { timeout: 60_000 },
  async () => {
    await using session = await Session.open();
    expect((await session.run('init hello')).exit).toBe(0);
    const { exit, events } = await runChild(session, 'build hello --watch', (event, send) => {
      if (event['stage'] === 'compile') send('SIGINT');
    });
    expect([exit, events.at(-1)?.type]).toEqual([0, 'summary']);
    await expect(readFile(`${session.folder}/hello/build/filter.wasm`)).rejects.toThrow(/ENOENT/);
  },
);

test('what is no project is said, and not waited for', { timeout: 60_000 }, async () => {
  await using session = await Session.open();
  const { exit, events } = await session.json('build nowhere --watch');
  expect([exit, events.map(({ code }) => code)]).toEqual([65, ['WC-BLD-004', undefined]]);
});

test(
  'the mesh that runs beside it takes the new module, on the connection that is open',
  { timeout: 60_000 },
  async () => {
    const manifest = `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
filters: [{name: hello, module: {file: hello/build/filter.wasm}}]
targets: [{name: laptop, local: {services: [{namespace: shop, name: cart, labels: {app: cart}}]}}]
bindings: [{name: cart, target: laptop, select: {namespace: shop, labels: {app: cart}}, chain: [hello]}]
rollout: {gates: none}
`;
    await using session = await Session.open({ 'wasmcast.yaml': manifest });
    expect((await session.run('init hello')).exit).toBe(0);
    const source = await readFile(`${session.folder}/${entry}`, 'utf8');
    await using mesh = await session.mesh();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const seen: unknown[] = [];
    const look = async (): Promise<void> => {
      expect((await session.run('apply')).exit).toBe(0);
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      get(mesh.url('cart'), { agent }, resolve).on('error', reject);
      const response = await promise;
      seen.push([response.headers['x-greeting'], response.headers['x-hello'], response.socket.localPort]);
      response.resume();
    };
    await watching(session, [
      async () => {
        await look();
        await put(session, entry, source.replace(header, "'x-hello'"));
      },
    ]);
    await look();
    agent.destroy();
    const port = (seen as number[][])[0]?.[2];
    expect(seen).toEqual([
      ['hello', undefined, port],
      [undefined, 'hello', port],
    ]);
  },
);
