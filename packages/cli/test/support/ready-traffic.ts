import { setTimeout as delay } from 'node:timers/promises';
import { httpGet, workloadPort } from '@wasmcast/testbed';
import type { PodWatch, WatchedPod } from './pod-watch.ts';

/** Requests to every ready pod of some namespaces, all the time, as a Service would send them. Counts what fails, by workload. */
export class ReadyTraffic implements AsyncDisposable {
  /** Answers that were 200. */
  answered = 0;
  #failures: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(...pods: readonly PodWatch[]) {
    this.#running = this.#run(pods);
  }

  /** What failed since the last call: `workload: 503`, each request once. */
  takeFailures(): readonly string[] {
    return this.#failures.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(pods: readonly PodWatch[]): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await Promise.all(pods.flatMap((watch) => watch.ready.filter(isServed)).map((pod) => this.#one(pod)));
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }

  async #one({ metadata, status }: WatchedPod): Promise<void> {
    const { signal } = this.#stop;
    const seen = await httpGet(status?.podIP ?? '', workloadPort, '/', { signal }).then(
      (answer) => answer.status,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (signal.aborted) return;
    if (seen === 200) this.answered += 1;
    else this.#failures.push(`${(metadata['labels'] as Record<string, string>)['app']}: ${seen}`);
  }
}

/** A Service selects by the workload's labels, of which a probe has none. */
function isServed({ metadata }: WatchedPod): boolean {
  return (metadata['labels'] as Record<string, string> | undefined)?.['app'] !== undefined;
}
