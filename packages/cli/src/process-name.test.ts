import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { processNames } from './process-name.ts';

const names = processNames();

test.skipIf(names === undefined)(
  'a process is dead when it is gone, and not a moment before (needs Linux)',
  async () => {
    const { name = '', isDead } = names ?? { isDead: () => true };
    expect(isDead(name)).toBe(false);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const ofChild = name.replace(/ \d+ \d+$/, ` ${child.pid} `);
    // Its id alone is not enough: a later process may get the same one.
    expect(isDead(`${ofChild}1`)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isDead(`${ofChild}1`)).toBe(true);
  },
);

test.skipIf(names === undefined)('what cannot be seen from here is not called dead', () => {
  const { name = '', isDead } = names ?? { isDead: () => true };
  const gone = name.replace(/ \d+ \d+$/, ' 4194304 1');
  expect(isDead(gone)).toBe(true);
  expect(isDead(gone.replace(/^[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0')))).toBe(false);
  expect(isDead(gone.replace(/pid:\[\d+\]/, 'pid:[1]'))).toBe(false);
  expect(isDead('../../etc/passwd')).toBe(false);
});
