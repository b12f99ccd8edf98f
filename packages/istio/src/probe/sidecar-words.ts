import type { KubeClient } from '../api/client.ts';
import type { PodObject } from '../api/objects.ts';
import { proxyContainer } from '../verify/admin.ts';

/** A probe has existed for minutes at most. */
const maxLogBytes = 256 * 1024;
const maxWords = 600;

/** Warnings of Envoy and of Istio's agent that are about Wasm, and Envoy's last words. */
const telling = /\b(warn|warning|error|critical)\b.*(wasm|plugin|oci)|Caught [A-Z][a-z]+ .*signal/i;
/** When it was written changes from reading to reading, and says nothing. */
const time = /^(\d{4}-\d\d-\d\dT[\d:.]+Z\s+)+/;

/** The last line in which a sidecar, or the one before it was restarted, says what went wrong. */
export async function sidecarWords(
  client: KubeClient,
  { metadata }: PodObject,
  previous: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const log = await client.log(
      {
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        container: proxyContainer,
        since: new Date(metadata.creationTimestamp ?? 0),
        maxBytes: maxLogBytes,
        previous,
      },
      signal,
    );
    return lastWords(log);
  } catch {
    // Logs are a right of their own, and only embellish what was seen.
    signal.throwIfAborted();
    return undefined;
  }
}

/** The last telling line of a log whose lines begin with a time. */
export function lastWords(log: string): string | undefined {
  const line = log.split('\n').findLast((each) => telling.test(each));
  if (line === undefined) return undefined;
  return line.replace(time, '').replaceAll(/\s+/g, ' ').slice(0, maxWords);
}
