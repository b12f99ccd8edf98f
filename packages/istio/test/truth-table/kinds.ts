import { departures, failingFilter } from './failing-filter.ts';

/** What a server does that a module is fetched from. */
export type Served =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'never' }
  /** These bytes, whatever was asked for. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A failure as it is brought about: by the way to the module, or by the module, which then is a file. */
export type Failure =
  | { readonly by: 'fetch'; readonly wanted: Uint8Array; readonly served: Served }
  | { readonly by: 'module'; readonly module: Uint8Array; readonly isEndless: boolean };

/** The kinds of failure: how a filter fails. */
export const kinds = [
  '404',
  '401',
  '5xx',
  'timeout',
  'wrong digest',
  'truncated',
  'bomb',
  'not Wasm',
  ...(Object.keys(departures) as (keyof typeof departures)[]),
] as const;
export type Kind = (typeof kinds)[number];

/** The failure policies, as the manifest names them. */
export const policies = ['closed', 'open', 'reload'] as const;

/** Brings a failure about. No two kinds share a module: proxies remember by digest how one fared. */
export function failureOf(kind: Kind): Failure {
  const wanted = failingFilter(kind);
  const fetch = (served: Served): Failure => ({ by: 'fetch', wanted, served });
  switch (kind) {
    case '404':
      return fetch({ kind: 'status', status: 404 });
    case '401':
      return fetch({ kind: 'status', status: 401 });
    case '5xx':
      return fetch({ kind: 'status', status: 503 });
    case 'timeout':
      return fetch({ kind: 'never' });
    case 'wrong digest':
      return fetch({ kind: 'bytes', bytes: failingFilter(`${kind}, another`) });
    case 'truncated': {
      const truncated = wanted.slice(0, wanted.length / 2);
      return { by: 'fetch', wanted: truncated, served: { kind: 'bytes', bytes: truncated } };
    }
    case 'bomb': {
      const bomb = inflated(wanted);
      return { by: 'fetch', wanted: bomb, served: { kind: 'bytes', bytes: bomb } };
    }
    case 'not Wasm':
      return { by: 'module', module: Buffer.from(`<html>404 Not Found</html>`), isEndless: false };
    case 'missing ABI':
    case 'missing import':
    case 'start refused':
    case 'configuration refused':
    case 'trap in headers':
    case 'trap in body':
    case 'out of memory':
    case 'endless loop': {
      const module = failingFilter(kind, departures[kind]);
      return { by: 'module', module, isEndless: kind === 'endless loop' };
    }
  }
}

/** What does not fail, for comparison. */
export function working(): Failure {
  return { by: 'module', module: failingFilter('working'), isEndless: false };
}

/** More than proxies and the command take: 256 MiB and some, of a working filter and a custom section of zeros. */
function inflated(wasm: Uint8Array): Uint8Array {
  const length = 256 * 1024 * 1024;
  const size = [0, 7, 14, 21].map((shift) => ((length >>> shift) & 0x7f) | 0x80).concat(length >>> 28);
  return Buffer.concat([wasm, Buffer.from([0, ...size]), Buffer.alloc(length)]);
}
