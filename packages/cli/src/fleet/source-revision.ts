import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit of the git checkout that holds the folder, with `+` if it has changes; undefined outside a checkout. */
export async function sourceRevision(folder: string): Promise<string | undefined> {
  const git = promisify(execFile);
  const options = { cwd: folder, timeout: 5000, maxBuffer: 1024 * 1024 };
  try {
    const { stdout } = await git('git', ['rev-parse', '--short=12', 'HEAD'], options);
    const changes = await git('git', ['status', '--porcelain', '--untracked-files=no'], options);
    return `${stdout.trim()}${changes.stdout === '' ? '' : '+'}`;
  } catch {
    return undefined; // no git, no checkout, no commit: the revision is simply not known
  }
}
