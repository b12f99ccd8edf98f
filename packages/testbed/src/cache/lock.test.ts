import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { packagePath } from '../paths.ts';
import { acquireLock } from './lock.ts';

test.skipIf(process.platform !== 'linux')('a lock goes when its holder is killed (Linux only)', async () => {
  const lock = `test-${crypto.randomUUID()}`;
  const script = `import { acquireLock } from ${JSON.stringify(packagePath('src', 'cache', 'lock.ts'))};
    await acquireLock(${JSON.stringify(lock)}); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const waiting = Promise.withResolvers<void>();
  const acquired = acquireLock(lock, { onWait: () => waiting.resolve() });
  await waiting.promise;
  holder.kill('SIGKILL');
  await using _lock = await acquired;
  expect(holder.killed).toBe(true);
});

test.skipIf(process.platform !== 'linux')(
  'waiting for a lock ends with its signal (Linux only)',
  async () => {
    const lock = `test-${crypto.randomUUID()}`;
    await using _held = await acquireLock(lock);
    const stop = new AbortController();
    const second = acquireLock(lock, { signal: stop.signal, onWait: () => stop.abort(new Error('enough')) });
    await expect(second).rejects.toThrow('enough');
  },
);
