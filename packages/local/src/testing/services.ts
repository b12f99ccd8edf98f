import { hostRuntime } from '../mesh/host-runtime.ts';
import { defaultLimits, type MeshLimits } from '../mesh/limits.ts';
import { Service } from '../mesh/service.ts';

/** A service without a mesh around it, on a free port. */
export function startService(
  spec: { readonly upstream?: string },
  limits: Partial<MeshLimits> = {},
): Promise<Service> {
  return Service.start(
    { namespace: 'test', name: 'web', labels: {}, port: 0, upstream: spec.upstream },
    {
      runtime: hostRuntime(),
      module: () => {
        throw new Error('a service alone has no modules');
      },
      log: () => {},
      fault: (error) => {
        throw error;
      },
    },
    { ...defaultLimits, ...limits },
  );
}
