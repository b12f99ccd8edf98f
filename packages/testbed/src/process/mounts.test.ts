import { expect, test } from 'vitest';
import { mountPoints } from './mounts.ts';

test('mount points are read with their escapes', () => {
  const mountinfo = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
35 22 0:30 / /run/a\\040b rw - tmpfs tmpfs rw
`;
  expect(mountPoints(mountinfo)).toEqual(['/', '/run/a b']);
});
