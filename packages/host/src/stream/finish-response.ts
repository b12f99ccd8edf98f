import type { HeaderMap } from '../headers/header-map.ts';

/** What a response's last headers depend on. */
export interface ServerFacts {
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
  /** The client's connection ends with this response. */
  readonly closes: boolean;
}

/** The headers that concern one connection only. */
const hopByHop = ['connection', 'upgrade', 'transfer-encoding', 'keep-alive', 'proxy-connection'];

/**
 * Makes of a response's headers, once the filters have let them out, those with which Envoy's HTTP server answers. It changes
 * them in place, which is why on_log of the filters shows them so (envoy source/common/http/conn_manager_impl.cc
 * ActiveStream::encodeHeaders, conn_manager_utility.cc mutateResponseHeaders).
 */
export function finishResponse(headers: HeaderMap, { now, closes }: ServerFacts): void {
  if (headers.get('date') === undefined)
    headers.add('date', new Date(Number(now / 1_000_000n)).toUTCString());
  headers.put('server', 'envoy');
  for (const name of hopByHop) headers.remove(name);
  if (closes) headers.add('connection', 'close');
}
