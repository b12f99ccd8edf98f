import { createControlServer } from './control/server.ts';
import { DaemonState } from './control/daemon-state.ts';
import { listenOnSocket, refuseSecond } from './control/listen.ts';
import { socketPathFor, type LocalTargetSpec } from './control/socket-path.ts';
import { hostRuntime } from './mesh/host-runtime.ts';
import type { MeshLimits } from './mesh/limits.ts';
import { closeServer } from './mesh/listen.ts';
import { Mesh, type MeshEvent } from './mesh/mesh.ts';
import type { TrafficRecorder } from './record/recording.ts';
import type { CallGuard } from './watchdog/watchdog.ts';

/** How {@link startMesh} starts. */
export interface StartMeshOptions {
  readonly target: LocalTargetSpec;
  /** Default: {@link socketPathFor} of the target. */
  readonly socketPath?: string;
  readonly limits?: MeshLimits;
  /** Told what filters log, while the mesh runs. */
  readonly onEvent?: (event: MeshEvent) => void;
  /** Told of each call into a filter, e.g. a `Watchdog`. Without one a filter that loops stops the process for good. */
  readonly guard?: CallGuard;
  /** Gets the traffic of all services. */
  readonly recorder?: TrafficRecorder;
  /** Ends the starting; a mesh that runs is ended by disposing of it. */
  readonly signal: AbortSignal;
}

/** A service as its clients see it. */
export interface RunningServiceAddress {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
}

/** An embedded mesh that serves; disposing of it ends it: requests in flight first, bounded in time. */
export interface RunningMesh extends AsyncDisposable {
  readonly services: readonly RunningServiceAddress[];
  readonly socketPath: string;
}

/**
 * Starts the services of an embedded mesh in this process, and the control socket by which `connectLocal` reaches it. Throws
 * `WC-LOC-002` if the mesh of this manifest is running already, `WC-LOC-009` if a port is taken.
 */
export async function startMesh(options: StartMeshOptions): Promise<RunningMesh> {
  const { target, limits, onEvent, recorder, signal } = options;
  signal.throwIfAborted();
  const socketPath = options.socketPath ?? socketPathFor(target);
  // Before the services: that their ports are taken is then not what is wrong.
  await refuseSecond(socketPath);
  await using stack = new AsyncDisposableStack();
  const mesh = await Mesh.start(target, {
    newRuntime: () => hostRuntime(options.guard),
    ...(limits === undefined ? {} : { limits }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(recorder === undefined ? {} : { recorder }),
  });
  stack.use(mesh);
  const control = createControlServer({ mesh, state: new DaemonState() });
  await listenOnSocket(control, socketPath);
  stack.defer(() => closeServer(control, 0));
  signal.throwIfAborted();
  const services = mesh.services.map(({ spec, port }) => ({
    namespace: spec.namespace,
    name: spec.name,
    port,
    url: `http://127.0.0.1:${port}`,
  }));
  const running = stack.move();
  return { services, socketPath, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
