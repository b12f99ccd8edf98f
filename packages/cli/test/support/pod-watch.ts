import type { KubeClient, KubeObject } from '@wasmcast/testbed';

/** A pod as the API server has it, as far as tests look. */
export interface WatchedPod extends KubeObject {
  readonly spec: {
    readonly containers: readonly MountingContainer[];
    readonly initContainers?: readonly MountingContainer[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly projected?: {
        readonly sources?: readonly {
          readonly configMap?: { readonly items?: readonly { readonly path: string }[] };
        }[];
      };
    }[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface MountingContainer {
  readonly name: string;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** The pods of a namespace as they come, change and go, until it is disposed of. */
export class PodWatch implements AsyncDisposable {
  readonly #pods = new Map<string, WatchedPod>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(client: KubeClient, namespace: string) {
    const path = `/api/v1/namespaces/${namespace}/pods?watch=true`;
    const { signal } = this.#stop;
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        await client
          .watch(path, signal, (type, object) => {
            const pod = object as WatchedPod;
            if (type === 'DELETED') this.#pods.delete(pod.metadata.name);
            else if (type === 'ADDED' || type === 'MODIFIED') this.#pods.set(pod.metadata.name, pod);
          })
          .catch((error: unknown) => {
            if (!signal.aborted) throw error;
          });
      }
    };
    this.#running = run();
  }

  /** Those that are there now. */
  get all(): readonly WatchedPod[] {
    return [...this.#pods.values()];
  }

  /** Those that a Service would send traffic to. */
  get ready(): readonly WatchedPod[] {
    return this.all.filter(
      ({ metadata, status }) =>
        metadata['deletionTimestamp'] === undefined &&
        status?.podIP !== undefined &&
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
