import { accessMark } from './proxy.ts';
import type { Failure } from './kinds.ts';

/** Counters that tell of filters, of what was refused, and of fetches. */
const telling =
  /^(wasm\..*|listener_manager\.(listener_create_failure|lds\.update_rejected)|cluster\.server\.upstream_rq_(4xx|5xx|timeout))$/;
/** Threads come late now and then on a busy machine, so this one tells something only of a filter that loops. */
const late = 'workers.watchdog_mega_miss';

/** Which telling counters moved between two readings of them. */
export function countersOf(before: string, after: string, failure: Failure): readonly string[] {
  const [old, now] = [read(before), read(after)];
  const isEndless = failure.by === 'module' && failure.isEndless;
  return (
    [...now]
      .filter(([name, value]) => value !== (old.get(name) ?? '0'))
      .map(([name]) => name)
      // Whether a reload had to wait is a matter of time.
      .filter((name) => !name.endsWith('.vm_reload_backoff'))
      .filter((name) => telling.test(name) || (isEndless && name === late))
      .toSorted()
  );
}

function read(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\n').map((line) => line.split(': ') as [string, string]));
}

/** What Envoy said, each sentence once. Of every module that Envoy fetches it says that this is experimental. */
export function wordsOf(log: string): readonly string[] {
  const lines = log
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(accessMark))
    // Without the time.
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((line) => !line.startsWith('Wasm remote code fetch is unstable'));
  return [...new Set(lines)];
}

/** What the access log says of answers other than 200, each once. */
export function accessOf(log: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line.startsWith(accessMark));
  return [...new Set(lines.map((line) => line.slice(accessMark.length + 1)))].filter(
    (line) => !line.startsWith('200 '),
  );
}
