import { describe, expect, it } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { TrapCounter } from './trap-counter.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const trap = 'Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable';
const pod = { namespace: 'foo', name: 'x' };

/** A line of the log at 03:04, with the seconds given. */
const line = (seconds: string, what = trap): string => `2026-01-02T03:04:${seconds}Z ${what}\n`;

/** The log of one container, as a kubelet gives it: from a whole second on, or its end, and no more than so many bytes. */
class Log implements AsyncDisposable {
  text = '';
  readonly asked: string[] = [];
  readonly #api;

  private constructor(api: Awaited<ReturnType<typeof serveApi>>) {
    this.#api = api;
  }

  static async serve(): Promise<Log> {
    let log: Log | undefined;
    const api = await serveApi((request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      if (log?.text === 'forbidden') return json(response, 403, { message: 'forbidden' });
      const since = query.get('sinceTime')?.replace('Z', '') ?? '';
      let lines = (log?.text ?? '').split(/(?<=\n)/).filter((each) => each >= since);
      if (query.has('tailLines')) lines = lines.slice(-Number(query.get('tailLines')));
      log?.asked.push(query.get('tailLines') === null ? since.slice(-2) : 'tail');
      response.end(lines.join('').slice(0, Number(query.get('limitBytes'))));
    });
    return (log = new Log(api));
  }

  counter(from?: number): TrapCounter {
    return new TrapCounter(this.#api.client, pod, from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}

describe('deaths of VMs in the log of a proxy', () => {
  it('are counted from the first reading on, each once', async () => {
    await using log = await Log.serve();
    log.text = line('05.1') + line('06.100000001');
    const counter = log.counter();
    expect(await counter.read(signal())).toBe(0);
    // In the same millisecond, and at the very same time.
    log.text += line('06.100000002') + line('06.100000002') + line('06.2', 'Plugin configured');
    expect(await counter.read(signal())).toBe(2);
    log.text += line('06.2') + line('06.3').slice(0, -20);
    expect(await counter.read(signal())).toBe(3);
    log.text += line('06.3').slice(-20);
    expect(await counter.read(signal())).toBe(4);
    expect(await counter.read(signal())).toBe(4);
    expect(log.asked).toEqual(['tail', '06', '06', '06', '06']);
  });

  it('are all counted of a pod that is new', async () => {
    await using log = await Log.serve();
    log.text = line('05.1') + line('06.1');
    expect(await log.counter(Date.parse('2026-01-02T03:04:05Z')).read(signal())).toBe(2);
  });

  it('are counted once, however many ask at a time', async () => {
    await using log = await Log.serve();
    const counter = log.counter(0);
    log.text = line('05.1') + line('06.1');
    const all = Array.from({ length: 5 }, () => counter.read(signal()));
    expect(await Promise.all(all)).toEqual([2, 2, 2, 2, 2]);
  });

  it('are found in a log of more than one piece, and given up in one that is too fast', async () => {
    await using log = await Log.serve();
    const counter = log.counter(0);
    const noise = (seconds: string) => line(seconds, '.'.repeat(1_000_000));
    log.text = ['05.1', '06.1', '07.1', '08.1'].map((at) => noise(at) + line(at)).join('');
    expect(await counter.read(signal())).toBe(4);
    // Within a second more than is read at a time: there is no way to ask for the rest.
    log.text += ['10.1', '10.2', '10.3'].map(noise).join('') + line('10.4');
    await expect(counter.read(signal())).rejects.toThrow('grows faster');
    log.text += line('11.1');
    await expect(counter.read(signal())).rejects.toThrow('grows faster');
    log.text += line('11.2');
    expect(await counter.read(signal())).toBe(5);
  });

  it('that may have gone by unread are not taken for none', async () => {
    await using log = await Log.serve();
    log.text = line('05.1');
    const counter = log.counter();
    await counter.read(signal());
    log.text = line('07.1');
    await expect(counter.read(signal())).rejects.toThrow('rotated');
    log.text += line('07.2');
    expect(await counter.read(signal())).toBe(2);
    log.text = 'forbidden';
    await expect(counter.read(signal())).rejects.toThrow('forbidden');
  });
});
