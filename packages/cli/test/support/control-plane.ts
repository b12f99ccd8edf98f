import {
  type KubeClient,
  type KubeObject,
  namespaceObject,
  type RunningApiServer,
  startApiServer,
} from '@wasmcast/testbed';
import { Session } from './session.ts';
import { trailModule } from './shop.ts';

/** Somebody who runs commands against the cluster, with a folder and a state of their own. */
export interface Person {
  readonly session: Session;
  run(line: string): ReturnType<Session['run']>;
  json(line: string): ReturnType<Session['json']>;
}

/** A real API server without a node, and the people who use it. */
export class ControlPlane implements AsyncDisposable {
  readonly client: KubeClient;
  /** The filter of {@link fleetOf}. */
  readonly module: Uint8Array;
  readonly #server: RunningApiServer;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    server: RunningApiServer,
    client: KubeClient,
    module: Uint8Array,
    stack: AsyncDisposableStack,
  ) {
    this.client = client;
    this.module = module;
    this.#server = server;
    this.#stack = stack;
  }

  static async start(): Promise<ControlPlane> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startApiServer());
    const client = stack.use(server.client());
    const module = await trailModule();
    return new ControlPlane(server, client, module, stack.move());
  }

  async person(user: string, manifest: string): Promise<Person> {
    const { kubeconfig } = this.#server;
    const files = { 'wasmcast.yaml': manifest, 'trail.wasm': this.module };
    const session = this.#stack.use(await Session.open(files, { KUBECONFIG: kubeconfig, USER: user }));
    const options = { user: `${user}@here` };
    return {
      session,
      run: (line) => session.run(`${line} --kubeconfig ${kubeconfig}`, options),
      json: (line) => session.json(`${line} --kubeconfig ${kubeconfig}`, options),
    };
  }

  /** A namespace with sidecars, and workloads in it. */
  async place(namespace: string, ...workloads: readonly KubeObject[]): Promise<void> {
    await this.client.apply(namespaceObject(namespace, { injection: true }));
    for (const workload of workloads) {
      // oxlint-disable-next-line no-await-in-loop
      await this.client.apply(workload);
    }
  }

  /** Names of the objects in a list. */
  async names(url: string): Promise<readonly string[]> {
    const { items } = (await this.client.request('GET', url)) as { readonly items: readonly KubeObject[] };
    return items.map(({ metadata }) => metadata.name);
  }

  /** Changes an object as a person does with `kubectl edit`. */
  async edit(url: string, body: object): Promise<unknown> {
    const contentType = 'application/merge-patch+json';
    return await this.client.request('PATCH', `${url}?fieldManager=kubectl-edit`, body, { contentType });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Where the EnvoyFilters of a namespace are. */
export function filters(namespace: string): string {
  return `/apis/networking.istio.io/v1alpha3/namespaces/${namespace}/envoyfilters`;
}

/** A Deployment whose pods, if it shall have any, never start. */
export function deployment(namespace: string, name: string, replicas = 0): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, tier: 'web' } },
        spec: { containers: [{ name: 'app', image: 'none' }] },
      },
    },
  };
}

/** A fleet of one filter in the namespace of its name; `select` is what stands beside the namespace. */
export function fleetOf(
  name: string,
  { config = 'one', namespace = name, select = 'labels: {tier: web}', more = '' } = {},
): string {
  return `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: ${name}}
filters:
- {name: trail, module: {file: trail.wasm}, config: ${config}}
targets:
- {name: prod, istio: {}}
bindings:
- {name: all, target: prod, select: {namespace: ${namespace}, ${select}}, chain: [trail]}
rollout: {waves: [1], gates: none, probe: off}
${more}`;
}

/** The same filter with another digest: a custom section more that nobody reads. */
export function withVersion(module: Uint8Array, version: number): Uint8Array {
  return Buffer.concat([module, Buffer.from([0, 3, 1, 'v'.charCodeAt(0), version])]);
}
