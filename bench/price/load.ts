import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a second of load cost. */
export interface Load {
  /** Of the proxy's processor time for each request: all of its threads, V8's compiler too. */
  readonly microseconds: number;
  readonly requestsPerSecond: number;
}

/** Loads a URL by wrk (Debian's package of that name) for some seconds over eight connections. Throws when any answer is not 200. */
export async function load(
  pid: number,
  url: string,
  headers: Readonly<Record<string, string>>,
  seconds: number,
): Promise<Load> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const before = await processorTime(pid);
  const { stdout } = await run('wrk', ['-t1', '-c8', `-d${seconds}s`, ...given, url]);
  const spent = (await processorTime(pid)) - before;
  const [, requests = '0', took = '1'] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
  if (Number(requests) === 0 || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`wrk at ${url}:\n${stdout}`);
  return {
    microseconds: spent / 1000 / Number(requests),
    requestsPerSecond: Number(requests) / Number(took),
  };
}

/** Nanoseconds that the threads of a process have run so far; threads that ended are lost, and Envoy ends none. */
async function processorTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const all = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      return Number(text.split(' ')[0]);
    }),
  );
  return all.reduce((sum, one) => sum + one, 0);
}
