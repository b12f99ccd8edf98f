import { clusterStatus, requireComponent, setupSharedCluster } from '@wasmcast/testbed';

/**
 * Vitest's global setup for mesh tests: the shared cluster is up before the first file. It is stopped after the last one,
 * unless it was up before: whoever works on a mesh test keeps it up by `npm run testbed -- up --name mesh`.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if ((await requireComponent('cluster')) !== undefined) return undefined;
  const wasUp = (await clusterStatus('mesh')).phase === 'up';
  const down = await setupSharedCluster();
  return wasUp ? undefined : down;
}
