import { z } from 'zod';
import { labelName, labels, line, repository } from './words.ts';

/** Which keys of a target exclude each other; one of them is needed. */
export const targetKinds = ['local', 'istio'] as const;

const portHelp = 'use a number from 0 to 65535; 0 takes a free port';
const serverHelp = 'write `http://host:port` or `https://host:port`, without a query, user or password';
const upstreamHelp = 'write `http://host:port`, without a path, query, user or password';

const service = z
  .strictObject({
    namespace: labelName(63).describe('Namespace of the service, as selectors name it.'),
    name: labelName(63).describe('Name of the service.'),
    labels: labels('Labels of the service, as selectors see them.').default({}),
    port: z
      .int(portHelp)
      .min(0, portHelp)
      .max(65535, portHelp)
      .default(0)
      .describe('TCP port on loopback that the service answers on; 0 takes a free one.'),
    upstream: z
      .string()
      .refine(isUpstream, upstreamHelp)
      .meta({ pattern: '^http://[^/?#@]+/?$' })
      .optional()
      .describe(
        'Where requests go: http://host:port. Without it a built-in service answers with the request as JSON.',
      ),
  })
  .describe('A service of the embedded mesh.');

const local = z
  .strictObject({
    services: z.array(service).default([]).describe('The services of the embedded mesh.'),
  })
  .describe('The embedded mesh: services inside one process on this machine.');

const mirror = z
  .strictObject({
    from: repository().describe(
      'What images begin with in the manifest: a registry, or a registry and a path.',
    ),
    to: repository().describe('What they begin with for the proxies of this target.'),
  })
  .describe('Where the proxies of the target find images; tags are resolved where the manifest says.');

const istio = z
  .strictObject({
    context: line(1024, 'a name').optional().describe('Context of the kubeconfig. Default: the current one.'),
    stateNamespace: labelName(63)
      .default('istio-system')
      .describe('Namespace that keeps the lock and the revisions of the fleet.'),
    imageResource: z
      .enum(['WasmPlugin', 'TrafficExtension', 'auto'])
      .default('WasmPlugin')
      .describe(
        'Kind of the object that carries a filter delivered as an image. TrafficExtension needs Istio 1.30; auto takes it where the control plane of a workload knows it, and leaves what stands as it is.',
      ),
    mirrors: z
      .array(mirror)
      .max(100, 'use at most 100 mirrors')
      .optional()
      .describe('Registries that the proxies of this cluster pull from instead; the longest `from` counts.'),
    moduleServer: z
      .string()
      .max(1024)
      .refine(isModuleServer, serverHelp)
      .meta({ pattern: '^https?://[^/?#@]+(/[^?#]*)?$' })
      .optional()
      .describe(
        'Where the proxies of this cluster find modules by their digests (`wasmcast serve`), for `delivery: http`.',
      ),
  })
  .describe('A Kubernetes cluster with Istio.');

/** An entry of `targets`. */
export const targetSchema = z
  .strictObject({
    name: labelName(63).describe('Name of the target, unique in the fleet; bindings and commands use it.'),
    local: local.optional(),
    istio: istio.optional(),
  })
  .meta({
    description: 'Where filters go: exactly one of local and istio.',
    oneOf: targetKinds.map((kind) => ({ required: [kind] })),
  });

/** An entry of `targets` as it is after reading, defaults filled in. */
export type TargetEntry = z.output<typeof targetSchema>;

function isModuleServer(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && !/[?#@\s\\]/.test(text);
}

function isUpstream(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    url.protocol === 'http:' &&
    url.hostname !== '' &&
    url.pathname === '/' &&
    !/[?#@\s\\]/.test(text)
  );
}
