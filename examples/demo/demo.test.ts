import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { expect, test } from 'vitest';

interface Event {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Runs the demo in a process group of its own, with a temporary folder of its own. */
async function demo(
  args: readonly string[],
  options: { tmp: string; onLine?: (line: string, interrupt: () => void) => void },
) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'demo.ts'), ...args], {
    env: { ...process.env, TMPDIR: options.tmp },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const lines: string[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    options.onLine?.(line, () => child.kill('SIGINT'));
  }
  const [exit] = await closed;
  const leftBehind = child.pid !== undefined && groupIsAlive(child.pid);
  return { exit, lines, stderr, leftBehind };
}

function groupIsAlive(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

async function temporary(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wc-demo-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test.each(['--wrong', '-o yaml', '-o', 'extra'])('%s is refused with the usage: 64', async (line) => {
  await using tmp = await temporary();
  const { exit, lines, stderr } = await demo(line.split(' '), { tmp: tmp.folder });
  expect([exit, lines]).toEqual([64, []]);
  expect(stderr).toMatch(/^error: .*\nusage: demo \[-o text\|json\]\n$/);
});

test(
  'the whole journey: JSON a line, the summary last, nothing left behind',
  { timeout: 240_000 },
  async () => {
    await using tmp = await temporary();
    const { exit, lines, stderr, leftBehind } = await demo(['-o', 'json'], { tmp: tmp.folder });
    const events = lines.map((line) => JSON.parse(line) as Event);
    expect(events.at(-1)).toMatchObject({
      type: 'summary',
      version: 1,
      instances: 8,
      live: 8,
      filters: 3,
      services: 8,
      seconds: expect.any(Number),
    });
    expect([exit, stderr, leftBehind]).toEqual([0, '', false]);
    expect(events.filter((e) => e.type === 'step')).toHaveLength(9);
    // Nothing of what a person sees is raw JSON.
    for (const event of events.filter((e) => e.type === 'command'))
      expect(event['shown']).not.toMatch(/^\{/m);
    const left = (await readdir(tmp.folder)).filter((name) => !name.startsWith('node-compile-cache'));
    expect(left).toEqual([]);
  },
);

test(
  'Ctrl-C while the mesh is up: 130, no process and no file left behind',
  { timeout: 240_000 },
  async () => {
    await using tmp = await temporary();
    const { exit, lines, leftBehind } = await demo(['--output=json'], {
      tmp: tmp.folder,
      onLine: (line, interrupt) => {
        if (line.startsWith('{"type":"traffic"')) interrupt();
      },
    });
    expect([exit, leftBehind]).toEqual([130, false]);
    expect(lines.slice(-2).map((line) => JSON.parse(line) as Event)).toMatchObject([
      { type: 'error', message: 'interrupted' },
      { type: 'summary', exitCode: 130 },
    ]);
    const left = (await readdir(tmp.folder)).filter((name) => !name.startsWith('node-compile-cache'));
    expect(left).toEqual([]);
  },
);

test('what stops it is told in a line, not as a stack', async () => {
  const { exit, lines, stderr } = await demo([], { tmp: '/nowhere/at/all' });
  expect([exit, lines]).toEqual([1, []]);
  expect(stderr).toMatch(/^\nThe demo stopped: .*\n$/);
});
