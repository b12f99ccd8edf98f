import { readTraps, type Trap } from '../verify/crashes.ts';

/** A module that the agent could not get. */
export interface FailedPull {
  /** As in the object's URL, with its scheme. */
  readonly url: string;
  /** The agent's words. */
  readonly words: string;
  /** What it put in the filter's place; undefined: nothing. */
  readonly placeholder: 'allow' | 'deny' | undefined;
}

/** An update that Envoy refused. */
export interface Refusal {
  /** `Listener`, `TypedExtensionConfig`, … */
  readonly resource: string;
  /** Envoy's words. */
  readonly words: string;
}

/** What the log of a sidecar says about filters; of what is said often, the last. */
export interface ProxyLog {
  readonly pulls: readonly FailedPull[];
  readonly refusals: readonly Refusal[];
  /** Envoy's words about VMs that did not come up: `missing import: env.proxy_nonsense`. */
  readonly vms: readonly string[];
  readonly traps: readonly Trap[];
  /** Why the agent said last that Envoy is not ready. */
  readonly notReady: string | undefined;
}

const pull = /cannot fetch Wasm module (\S+?): (.*?)\.?(?: applying (allow|deny) RBAC filter)?$/;
const refusal = /config for type\.googleapis\.com\/[\w.]*?(\w+) rejected: (.*?)(?:\s+thread=\d+)?$/;
const refusedListener = /lds: listener '([^']*)' config rejected: (.*?)(?:\s+thread=\d+)?$/;
const vm =
  /(Failed to load Wasm module due to a missing import: .*?|Wasm VM failed .*?|Plugin \S+ failed to \w+)(?:\s+thread=\d+)?$/;
const notReady = /Envoy proxy is NOT ready: (.*)$/;
const maxWords = 600;

/** Reads a log as the API server gives it. Lines that say nothing of this are skipped, whatever they are. */
export function readProxyLog(log: string): ProxyLog {
  const pulls = new Map<string, FailedPull>();
  const refusals = new Map<string, Refusal>();
  const vms = new Set<string>();
  let last: string | undefined;
  for (const line of log.split('\n')) {
    const pulled = pull.exec(line);
    if (pulled !== null) {
      const [, url = '', words = '', placeholder] = pulled;
      pulls.set(url, {
        url,
        words: words.slice(0, maxWords),
        placeholder: placeholder === 'allow' || placeholder === 'deny' ? placeholder : undefined,
      });
    }
    const [, listener, why] = refusedListener.exec(line) ?? [];
    const [, resource, reason] = listener === undefined ? (refusal.exec(line) ?? []) : ['', 'Listener', why];
    if (resource !== undefined && reason !== undefined) {
      const words = reason.replace(/^Error adding\/updating listener\(s\) \S+: /, '').slice(0, maxWords);
      refusals.set(`${resource} ${words}`, { resource, words });
    }
    const [, words] = vm.exec(line) ?? [];
    if (words !== undefined) vms.add(words.slice(0, maxWords));
    const [, state] = notReady.exec(line) ?? [];
    if (state !== undefined) last = state.slice(0, maxWords);
  }
  return {
    pulls: [...pulls.values()],
    refusals: [...refusals.values()],
    vms: [...vms],
    traps: readTraps(log),
    notReady: last,
  };
}
