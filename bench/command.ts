import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Cluster } from '@wasmcast/testbed';

const run = promisify(execFile);

/** A program run as one user of a cluster, so that its requests can be told from others'. */
export interface Command {
  readonly user: string;
  /** Its stdout; throws with its stderr unless it exits 0. */
  run(...args: readonly string[]): Promise<string>;
}

/** The program `argv` in `folder`, with what it remembers in there too. */
export async function commandOf(
  cluster: Cluster,
  folder: string,
  user: string,
  [file = '', ...before]: readonly string[],
): Promise<Command> {
  const env = {
    ...process.env,
    KUBECONFIG: await cluster.kubeconfigFor(user, ['system:masters']),
    WASMCAST_INSECURE_REGISTRIES: cluster.registry.push,
    XDG_STATE_HOME: folder,
  };
  const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
  return { user, run: async (...args) => (await run(file, [...before, ...args], options)).stdout };
}
