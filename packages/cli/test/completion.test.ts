import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from './support/session.ts';

let session: Session;

beforeAll(async () => {
  session = await Session.open({ 'manifest.yaml': '' });
});
afterAll(() => session[Symbol.asyncDispose]());

/** What bash offers at the end of a line, with the script that `completion` prints. */
async function offered(line: string): Promise<readonly string[]> {
  const { stdout: script } = await session.run('completion bash');
  const words = line.split(' ');
  const ask = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_wasmcast
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', ask], { cwd: session.folder });
  return stdout.split('\n').filter((word) => word !== '');
}

test.each([
  ['wasmcast ro', ['rollback']],
  ['wasmcast -o json pl', ['plan']],
  ['wasmcast plan --d', ['--detailed-exitcode']],
  ['wasmcast rollback --d', ['--dry-run']],
  ['wasmcast status --d', []],
  ['wasmcast status --ta', ['--target']],
  ['wasmcast apply -o ', ['text', 'json']],
  ['wasmcast push --layout oci', ['oci', 'oci-artifact']],
  // No words: bash falls back to the names of files.
  ['wasmcast apply -f man', []],
  ['wasmcast check x', []],
])('bash, behind %j: %j', async (line, words) => {
  expect(await offered(line)).toEqual(words);
});

test.each(['bash', 'zsh', 'fish'])('%s is told every command and every flag of the help', async (shell) => {
  const { exit, stdout } = await session.run(`completion ${shell}`);
  expect(exit).toBe(0);
  const told = new Set(stdout.match(/[\w-]+/g));
  const names = [
    ...(await session.run('--help')).stdout.matchAll(/^ {2}(?:([a-z]+) |(?:-\w, )?(--[a-z-]+))/gm),
  ];
  expect(names.length).toBeGreaterThan(30);
  for (const [, command, flag] of names) {
    const spelled = flag !== undefined && shell === 'fish' ? flag.slice(2) : flag;
    expect(told).toContain(command ?? spelled);
  }
});

test('a shell that is not known is refused', async () => {
  expect(await session.run('completion csh')).toMatchObject({ exit: 64, stdout: '' });
});

test('version says what somebody who helps asks for', async () => {
  const { events } = await session.json('version');
  expect(events[0]).toMatchObject({
    type: 'version',
    node: process.versions.node,
    envoy: ['1.36', '1.37', '1.38', '1.39', '1.40'],
  });
  const { wasmcast } = events[0] as { wasmcast?: string };
  const short = await session.run('--version');
  expect(short.stdout).toBe(`${wasmcast}\n`);
  expect((await session.run('version')).stdout).toContain(
    `wasmcast  ${wasmcast}\nNode      ${process.versions.node} `,
  );
});
