import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalServiceSpec } from '@wasmcast/core';
import type { LocalTargetSpec } from '../control/socket-path.ts';
import { defaultLimits, type MeshLimits } from '../mesh/limits.ts';
import type { MeshEvent } from '../mesh/mesh.ts';
import { startMesh } from '../start-mesh.ts';
import { connectLocal, type LocalTarget } from '../target/local-target.ts';

/** A mesh that a test started, in a folder of its own. */
export interface TestMesh extends AsyncDisposable {
  readonly target: LocalTarget;
  readonly socketPath: string;
  readonly events: readonly MeshEvent[];
  /** Port of a service. */
  port(name: string): number;
}

/** A service of {@link startTestMesh}. */
export function testService(
  name: string,
  more: { readonly labels?: Record<string, string>; readonly upstream?: string } = {},
): LocalServiceSpec {
  return { namespace: 'shop', name, labels: more.labels ?? {}, port: 0, upstream: more.upstream };
}

const twoServices = [testService('cart'), testService('stock', { labels: { tier: 'back' } })];

/** Starts a mesh and connects to it over its control socket. */
export async function startTestMesh(
  services: readonly LocalServiceSpec[] = twoServices,
  limits: Partial<MeshLimits> = {},
): Promise<TestMesh> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-test-'));
  const spec: LocalTargetSpec = {
    kind: 'local',
    name: 'laptop',
    services,
    declaredIn: join(folder, 'wasmcast.yaml'),
  };
  const events: MeshEvent[] = [];
  const mesh = await startMesh({
    target: spec,
    socketPath: join(folder, 'control.sock'),
    limits: { ...defaultLimits, ...limits },
    onEvent: (event) => events.push(event),
    signal: AbortSignal.timeout(10_000),
  });
  return {
    target: connectLocal(spec, mesh.socketPath),
    socketPath: mesh.socketPath,
    events,
    port: (name) => mesh.services.find((service) => service.name === name)?.port ?? -1,
    [Symbol.asyncDispose]: async () => {
      await mesh[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
