import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages, imagePackages } from '../cache/packages.ts';
import { stderrSink } from '../events.ts';
import { goProgram } from '../go/go-program.ts';
import { run } from '../process/run.ts';

/** Other people's programs for images. Each runs one of them with arguments and gives its stdout. */
export interface ImageTools {
  readonly crane: (...args: readonly string[]) => Promise<string>;
  readonly oras: (...args: readonly string[]) => Promise<string>;
  readonly skopeo: (...args: readonly string[]) => Promise<string>;
  readonly buildah: (...args: readonly string[]) => Promise<string>;
}

/**
 * crane and oras, built from Go modules, and Debian's skopeo and buildah. All run in `folder` and speak plain HTTP to `host`
 * (host:port).
 */
export async function imageTools(folder: string, host: string): Promise<ImageTools> {
  const [crane, oras] = await Promise.all([goProgram('crane'), goProgram('oras')]);
  await ensurePackages(imagePackages, { emit: stderrSink });
  const settings = join(folder, '.config/containers');
  await mkdir(settings, { recursive: true });
  await writeFile(join(settings, 'registries.conf'), `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder };
  const tool =
    (program: string, ...first: readonly string[]) =>
    (...args: readonly string[]) =>
      run(program, [...first, ...args], { cwd: folder, env, timeoutMs: 120_000 });
  const storage = [
    '--root',
    join(folder, 'storage'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'vfs',
  ];
  return {
    crane: tool(crane.path, '--insecure'),
    oras: tool(oras.path),
    skopeo: tool('skopeo', '--insecure-policy'),
    buildah: tool('buildah', ...storage),
  };
}
