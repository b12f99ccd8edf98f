import type { KubeClient } from '../api/client.ts';
import type { LogQuery } from '../api/pod-log.ts';
import { proxyContainer } from './admin.ts';

/** Of a log so many bytes are read from its beginning on. */
const maxBytes = 512 * 1024;
/** Of a longer one, as with an access log in it, also its last lines, of which each has room for 2 KiB. */
const tail = { tailLines: 1000, maxBytes: 2 * 1024 * 1024 };

/**
 * A proxy's log since a time, in milliseconds since the epoch: whole, or of a long one how it begins and how it ends, for
 * what kills a VM mostly does so at once, or has just done so. Nothing if we may not read logs.
 */
export async function recentLog(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
  since: number,
  signal: AbortSignal,
): Promise<string> {
  const of: LogQuery = { ...pod, container: proxyContainer, since: new Date(since), maxBytes };
  try {
    const first = await client.log(of, signal);
    if (Buffer.byteLength(first) < maxBytes) return first;
    return `${first}\n${await client.log({ ...of, ...tail }, signal)}`;
  } catch {
    signal.throwIfAborted();
    return '';
  }
}
