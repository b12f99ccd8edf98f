import { readFile } from 'node:fs/promises';
import { run } from './run.ts';

/** Every mount point at or below `folder`, deepest first. */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  const points = mountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).toReversed();
}

/** Unmounts everything at or below `folder`; what is busy goes when its last user does. Gives their number. */
export async function unmountBelow(folder: string): Promise<number> {
  const points = await mountsBelow(folder);
  for (const point of points) await run('umount', ['--lazy', '--no-mtab', point]).catch(() => undefined);
  return points.length;
}

/** The mount points in a mountinfo (proc(5)), in the order in which they were mounted. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((point) => point !== undefined)
    .map((point) =>
      point.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
}
