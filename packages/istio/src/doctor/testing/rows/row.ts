import { imageFilter, pod, frontpage } from '../../../testing/native.ts';
import { recordedText } from '../../../testing/recorded.ts';
import type { Case } from '../../case.ts';
import { type ProxyLog, readProxyLog } from '../../proxy-log.ts';

/** What was seen, the rule that has to explain it, and a part of its cause. */
export type Row = readonly [what: string, code: string, cause: RegExp, seen: Partial<Case>];

/** What a real sidecar said whose filters could not be fetched or started. */
export const recorded: ProxyLog = readProxyLog(recordedText('proxy-log.txt'));
/** What one says that has nothing to say. */
export const quiet: ProxyLog = { pulls: [], refusals: [], vms: [], traps: [], notReady: undefined };

/** A pod of the template before. */
export const oldPod = pod('frontpage-v1-1', {
  metadata: { name: 'frontpage-v1-1', namespace: 'foo', labels: { 'mounts.wasmcast.dev/shop': 'before' } },
});

/** A case whose filter comes from this repository of the recorded registry. */
export function pulling(repository: string, change: Partial<Case> = {}): Partial<Case> {
  const { image } = imageFilter('one');
  if (image === undefined) throw new TypeError('an image filter has an image');
  const reference = `registry.example:5000/istio-test/${repository}@sha256:${image.digest}`;
  const filters = [imageFilter('one', { image: { ...image, reference } })];
  return { wanted: [{ workload: frontpage, direction: 'inbound', filters }], log: recorded, ...change };
}
