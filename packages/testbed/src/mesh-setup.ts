import { requireComponent } from './require-component.ts';
import { setupSharedCluster } from './cluster/shared.ts';

/** What vitest calls around the mesh tests (`globalSetup` of vitest.mesh.config.ts). */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // The tests skip themselves by name where there can be no cluster.
  return (await requireComponent('cluster')) === undefined ? setupSharedCluster() : undefined;
}
