import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

// A normal user's PATH lacks the sbin folders, where Debian puts runc and debootstrap.
const extraFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin'];

/** The path of an executable on PATH (or in the usual sbin folders), or `undefined`. */
export async function which(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), ...extraFolders]) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** True for a file that this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
