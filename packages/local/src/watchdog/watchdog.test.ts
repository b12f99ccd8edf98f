import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const deadlineMs = 400;

/** Starts a process with a watchdog that says on stdout which call is stuck, and exits with 7. */
function watched(body: string) {
  const watchdog = JSON.stringify(new URL('watchdog.ts', import.meta.url).href);
  const script = `import { writeSync } from 'node:fs';
import { Watchdog } from ${watchdog};
const late = ({ filter, callback }) => { writeSync(1, 'stuck ' + filter + ' ' + callback); return 7; };
await using guard = new Watchdog(${deadlineMs}, late);
const busy = (ms) => { const began = performance.now(); while (performance.now() - began < ms); };
process.on('SIGINT', () => undefined);
${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [exit]]) => ({ stdout, stderr, exit: exit as number | null }),
  );
  return { child, ended };
}

test('a call that does not come back ends the process, named without the calls within it that did', async () => {
  const { ended } = watched(`
guard.enter('one', 'on_configure');
guard.leave();
guard.enter('two', 'on_request_headers');
guard.enter('two', 'malloc');
guard.leave();
for (;;);`);
  expect(await ended).toEqual({ stdout: 'stuck two on_request_headers', stderr: '', exit: 7 });
});

test('calls that come back end nothing, however many there are', async () => {
  const { ended } = watched(`
for (let i = 0; i < 40; i++) {
  guard.enter('one', 'on_request_headers');
  busy(${deadlineMs / 20});
  guard.leave();
}
busy(${2 * deadlineMs});`);
  expect(await ended).toEqual({ stdout: '', stderr: '', exit: 0 });
});

test.skipIf(process.platform === 'win32')('a process that is suspended in a call is not late', async () => {
  const { child, ended } = watched(`
guard.enter('one', 'on_request_headers');
writeSync(1, 'suspended');
process.kill(process.pid, 'SIGSTOP');
busy(${deadlineMs / 4});
guard.leave();`);
  await once(child.stdout, 'data');
  // A suspension that is as long as what the test is about: there is nothing to wait for but time.
  setTimeout(() => child.kill('SIGCONT'), 3 * deadlineMs);
  expect(await ended).toMatchObject({ stderr: '', exit: 0 });
});
