import type { WaveSpec } from '../model/rollout-policy.ts';
import { parseDuration } from './duration.ts';

/** What a wave of the manifest may look like, as advice. */
export const waveHelp =
  'write a number of workloads (`1`), a share (`10%`), `namespace=NAME`, `label:KEY=VALUE`, `target=NAME`, `pause` or `pause 10m`';

const label = /^label:([^=\s]+)=(\S*)$/;
const namespace = /^namespace=([a-z0-9][-a-z0-9]{0,62})$/;
const target = /^target=(\S+)$/;
const share = /^(\d{1,3}(?:\.\d{1,2})?)%$/;

/** Reads an entry of `waves`; undefined for what is none. */
export function parseWave(entry: unknown): WaveSpec | undefined {
  if (typeof entry === 'number')
    return Number.isSafeInteger(entry) && entry > 0 ? { kind: 'count', workloads: entry } : undefined;
  if (typeof entry !== 'string') return undefined;
  if (entry === 'pause') return { kind: 'pause', ms: undefined };
  if (entry.startsWith('pause ')) {
    const ms = parseDuration(entry.slice('pause '.length));
    return ms === undefined || ms === 0 ? undefined : { kind: 'pause', ms };
  }
  const percent = Number(share.exec(entry)?.[1]);
  if (percent > 0 && percent <= 100) return { kind: 'share', percent };
  const [, name] = namespace.exec(entry) ?? [];
  if (name !== undefined) return { kind: 'namespace', namespace: name };
  const [, ring] = target.exec(entry) ?? [];
  if (ring !== undefined) return { kind: 'target', target: ring };
  const [, key, value] = label.exec(entry) ?? [];
  return key === undefined || value === undefined ? undefined : { kind: 'label', key, value };
}
