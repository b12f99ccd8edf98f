import type { RunningEnvoy } from '@wasmcast/testbed';

/** How often a request crosses into the filter's VM and back. */
export interface Crossings {
  /** Callbacks of the filter that the proxy calls. */
  readonly callbacks: number;
  /** Functions of the proxy that the filter calls, and blocks of memory that the proxy asks the filter for to answer them. */
  readonly hostCalls: number;
}

/** Counts those of one request, as Envoy itself traces them; `last` is its last callback. */
export async function countCrossings(
  proxy: RunningEnvoy,
  url: string,
  headers: Readonly<Record<string, string>>,
  last: string,
): Promise<Crossings> {
  const level = async (name: string): Promise<void> => {
    const { host, port } = proxy.admin;
    const { ok } = await fetch(`http://${host}:${port}/logging?wasm=${name}`, { method: 'POST' });
    if (!ok) throw new Error('envoy does not change its log level');
  };
  await level('trace');
  const before = proxy.logs().length;
  await (await fetch(url, { headers })).text();
  const log = await proxy.logged((all) => {
    const ours = all.slice(before);
    return ours.includes(`[host<-vm] ${last} return`) ? ours : undefined;
  });
  await level('error');
  return crossingsOf(log);
}

/** Counts the lines of a trace. */
export function crossingsOf(log: string): Crossings {
  const allocations = log.match(/\[host->vm\] (malloc|proxy_on_memory_allocate)\(/g)?.length ?? 0;
  const into = log.match(/\[host->vm\] /g)?.length ?? 0;
  const back = log.match(/\[vm->host\] /g)?.length ?? 0;
  return { callbacks: into - allocations, hostCalls: back + allocations };
}
