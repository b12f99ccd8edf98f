import { beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { built } from './support/build.ts';
import { call, header, lines, startGuest, type Guest } from './support/guest.ts';
import { probe } from './support/probe.ts';

let wasm: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  wasm = await built(probe);
}, 60_000);

/** A root context with a configuration; returns what it answered. */
function configure(guest: Guest, id: number, text: string | Buffer, rootId?: string): boolean {
  if (rootId !== undefined) guest.properties.set('plugin_root_id', Buffer.from(rootId));
  guest.buffers.set(7, Buffer.from(text));
  call(guest, 'proxy_on_context_create', id, 0);
  return call(guest, 'proxy_on_configure', id, text.length) !== 0;
}

describe('lifecycle', () => {
  test('a root id has its plugin, every other has the default', async () => {
    const guest = await startGuest(wasm);
    expect(configure(guest, 1, 'name', 'my_root_id')).toBe(true);
    expect(configure(guest, 2, 'name', '')).toBe(true);
    expect(configure(guest, 3, 'name', 'another')).toBe(true);
    expect(guest.logs.map((l) => l.text)).toEqual(['mine', 'default', 'default']);
    expect(configure(guest, 4, 'refuse')).toBe(false);
  });

  test('several plugins and streams at once keep apart, and end in any order', async () => {
    const guest = await startGuest(wasm);
    configure(guest, 1, '', 'my_root_id');
    configure(guest, 2, '', '');
    // Beyond the slots of the table, so that slots have several streams.
    const ids = Array.from({ length: 3000 }, (_, i) => i + 10);
    for (const id of ids) call(guest, 'proxy_on_context_create', id, 1 + (id % 2));
    guest.headers.set(0, []);
    const seen = (id: number): string | undefined => {
      call(guest, 'proxy_on_request_headers', id, 0, 1);
      return lines(guest, 0).find(([name]) => name === 'x-seen')?.[1];
    };
    expect(seen(11)).toBe('default 11 1');
    expect(seen(12)).toBe('mine 12 1');
    expect(seen(11)).toBe('default 11 2');
    for (const id of ids.filter((one) => one % 3 === 0)) call(guest, 'proxy_on_delete', id);
    expect(seen(11)).toBe('default 11 3');
    expect(seen(3007)).toBe('default 3007 1');
    for (const id of ids) call(guest, 'proxy_on_delete', id);
    call(guest, 'proxy_on_delete', 2);
    call(guest, 'proxy_on_delete', 1);
  });

  test('numbers that the host never announced, or deleted, are answered and not trapped on', async () => {
    const guest = await startGuest(wasm);
    expect(call(guest, 'proxy_on_request_headers', 77, 0, 1)).toBe(0);
    expect(call(guest, 'proxy_on_configure', 77, 0)).toBe(0);
    call(guest, 'proxy_on_context_create', 78, 77);
    call(guest, 'proxy_on_delete', 78);
    call(guest, 'proxy_on_delete', 77);
  });

  test('no status of the host is a trap', async () => {
    const guest = await startGuest(wasm);
    configure(guest, 1, '');
    call(guest, 'proxy_on_context_create', 2, 1);
    guest.headers.set(0, []);
    for (let status = 1; status <= 13; status++) {
      guest.fail = status;
      expect(call(guest, 'proxy_on_request_headers', 2, 0, 1)).toBe(0);
      expect(call(guest, 'proxy_on_configure', 1, 0)).toBe(1);
    }
  });

  test('in a debug build the log says when what is asked for is there', async () => {
    const guest = await startGuest(await built(probe, { mode: 'debug' }));
    configure(guest, 1, '');
    call(guest, 'proxy_on_context_create', 2, 1);
    guest.headers.delete(0);
    call(guest, 'proxy_on_request_headers', 2, 0, 1);
    const said = guest.logs.map(({ level, text }) => `${level} ${text}`);
    expect(said).toContain(
      '3 not available now: the headers of the request are there in onRequestHeaders, until it has returned Continue, and again in onLog',
    );
    // The release build is silent about it.
    const release = await startGuest(wasm);
    configure(release, 1, '');
    call(release, 'proxy_on_context_create', 2, 1);
    call(release, 'proxy_on_request_headers', 2, 0, 1);
    expect(release.logs.some(({ text }) => text.includes('not available'))).toBe(false);
  });

  test('a trap says in the log where and why', async () => {
    const guest = await startGuest(wasm);
    expect(() => configure(guest, 1, 'abort')).toThrow(/unreachable/);
    expect(guest.logs).toEqual([
      { level: 5, text: expect.stringMatching(/^Index out of range at ~lib\/array\.ts:\d+:\d+$/) as string },
    ]);
  });
});

test('properties are decoded by their type, and a wrong size is not a number', async () => {
  const guest = await startGuest(wasm);
  configure(guest, 1, 'properties');
  expect(guest.logs.map((l) => l.text)).toEqual(['null not found', '-1 -1.0 false']);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(1.5);
  guest.properties.set('plugin_name', Buffer.from('naïve'));
  guest.properties.set('response/code', Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]));
  guest.properties.set('d', double);
  guest.properties.set('b', Buffer.from([1]));
  call(guest, 'proxy_on_configure', 1, 0);
  expect(guest.logs.slice(2).map((l) => l.text)).toEqual(['naïve', '200 1.5 true']);
  guest.properties.set('response/code', Buffer.from('200'));
  call(guest, 'proxy_on_configure', 1, 0);
  expect(guest.logs.at(-1)?.text).toBe('-1 1.5 true');
});

test('bytes from outside decode as in a browser, and come back as UTF-8', async () => {
  const guest = await startGuest(wasm);
  configure(guest, 1, '');
  call(guest, 'proxy_on_context_create', 2, 1);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 600 }).map((text) => new Uint8Array(Buffer.from(text))),
    fc
      .array(fc.constantFrom(0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xe0, 0xc2, 0x41, 0xf4, 0x90), {
        maxLength: 12,
      })
      .map((all) => new Uint8Array(all)),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      guest.headers.set(0, [header('x-in', Buffer.from(value))]);
      call(guest, 'proxy_on_request_headers', 2, 1, 1);
      const out = guest.headers.get(0)?.find(([name]) => name.toString() === 'x-out')?.[1];
      expect(out?.toString('hex')).toBe(Buffer.from(decoder.decode(value)).toString('hex'));
    }),
    { numRuns: 2000 },
  );
});

describe('JSON', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await startGuest(wasm);
    configure(guest, 1, '');
  });

  /** What the guest read, as JSON.parse would give it, or its error. */
  function read(text: string): { value?: unknown; error?: string } {
    guest.logs.length = 0;
    guest.buffers.set(7, Buffer.from(text));
    call(guest, 'proxy_on_configure', 1, 0);
    const dumped = JSON.parse(guest.logs[0]?.text ?? '') as { error?: string } | null;
    return typeof dumped?.error === 'string' ? { error: dumped.error } : { value: rebuild(dumped) };
  }

  test('every document reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\r\n\t'), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(read(spaced)).toEqual({ value: JSON.parse(spaced) as unknown });
      }),
      { numRuns: 500 },
    );
  });

  test('every number is the nearest double', () => {
    const digits = fc
      .array(fc.nat(9), { minLength: 1, maxLength: 40 })
      .map((all) => all.join('').replace(/^0+(?=\d)/, ''));
    const numeral = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.option(digits),
        fc.option(fc.integer({ min: -345, max: 330 })),
      )
      .map(
        ([sign, whole, part, e]) =>
          `${sign}${whole}${part === null ? '' : `.${part}`}${e === null ? '' : `e${e}`}`,
      );
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    const edges = [
      '5e-324',
      '2.4703282292062327e-324',
      '2.4703282292062328e-324',
      '1.7976931348623159e308',
      '9007199254740993',
      '9007199254740992.9999999999999999999',
      '1e400',
      '1e-400',
      '0e999999999999',
      '-0',
      `0.${'0'.repeat(900)}1e901`,
      '1'.repeat(900),
      '2.2250738585072011e-308',
    ];
    for (const text of edges) expect([text, read(text).value]).toEqual([text, JSON.parse(text)]);
    fc.assert(
      fc.property(fc.oneof(numeral, double), (text) => {
        expect(Object.is(read(text).value, JSON.parse(text))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('what JSON.parse refuses is an error with its place, never a trap', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '1',
      '-',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      '\n',
      '"k":',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 12 }).map((all) => all.join('')),
        (text) => {
          const expected = parsed(text);
          const { error = '', ...value } = read(text);
          const place = /^expected .+ at line \d+, column \d+$/;
          expect([value, place.test(error)]).toEqual([expected ?? {}, expected === undefined]);
        },
      ),
      { numRuns: 2000 },
    );
    expect(read('{"a": 1,\n  "b" 2}').error).toBe("expected ':' at line 2, column 7");
    expect(read('['.repeat(10_000)).error).toContain('at most 64 levels');
  });
});

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function rebuild(dumped: unknown): unknown {
  if (Array.isArray(dumped)) return dumped.map(rebuild);
  if (typeof dumped !== 'object' || dumped === null) return dumped;
  const { bits, pairs } = dumped as { bits?: string; pairs?: [string, unknown][] };
  if (bits !== undefined) return Buffer.from(bits.padStart(16, '0'), 'hex').readDoubleBE();
  return Object.fromEntries((pairs ?? []).map(([key, value]) => [key, rebuild(value)]));
}
