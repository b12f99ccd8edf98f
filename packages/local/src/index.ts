export {
  socketEnvironment,
  socketPathFor,
  type LocalTargetSpec,
  type SocketEnvironment,
} from './control/socket-path.ts';
export type { Echo } from './mesh/echo.ts';
export { defaultLimits, type MeshLimits } from './mesh/limits.ts';
export type { MeshEvent } from './mesh/mesh.ts';
export type { TrafficRecorder } from './record/recording.ts';
export {
  startMesh,
  type RunningMesh,
  type RunningServiceAddress,
  type StartMeshOptions,
} from './start-mesh.ts';
export { connectLocal, LocalTarget } from './target/local-target.ts';
export { Watchdog, type CallGuard, type StuckCall } from './watchdog/watchdog.ts';
