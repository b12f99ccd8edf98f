import { loadFilter } from '@wasmcast/host/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { built, compileFilter } from './support/build.ts';

/** A filter with a configuration of classes, with more fields, that logs what it has read. */
const filterWith = (fields: string): string => `
import { Config, HttpFilter, Json, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';
class Limits extends Config {
  perSecond!: f64;
  burst: i32 = 10;
  validate(): void { if (this.burst < 1) this.fault('burst', 'must be at least 1'); }
}
class Rule extends Config {
  prefix!: string;
  tags: string[] = ['none'];
  limits: Limits = new Limits();
}
class Base extends Config { on: bool = true; }
class Rules extends Base {
  rules!: Rule[];
  title: string = 'no title';
  extra: Json = new Json(0);
  private seen: i32 = 7;
  ${fields}
}
class Configured extends Plugin {
  createFilter(): HttpFilter { return new HttpFilter(); }
  onConfigure(): bool {
    const config = this.configuration.typed<Rules>();
    if (config === null) return false;
    const all: string[] = [config.on.toString(), config.title, config.extra.string('none')];
    for (let i = 0; i < config.rules.length; i++) {
      const rule = config.rules[i];
      all.push(rule.prefix + ' ' + rule.tags.join('+') + ' ' + rule.limits.perSecond.toString() + ' ' + rule.limits.burst.toString());
    }
    log.info(all.join(', '));
    return true;
  }
}
registerPlugin(() => new Configured());
`;

describe('a configuration as a class', () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    wasm = await built(filterWith(''));
  }, 60_000);

  /** What the filter logs, and why it does not start. */
  async function said(configuration: object | string): Promise<readonly string[]> {
    const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration);
    try {
      await using filter = await loadFilter(wasm, { config: text });
      return filter.logs.map((log) => log.message);
    } catch (error) {
      // The first line says only that it did not start.
      return (error as Error).message.split('\n').slice(1);
    }
  }

  test('is read by its fields, and keeps what is not given', async () => {
    const rules = [
      { prefix: '/a', limits: { perSecond: 2.5 } },
      { prefix: '/b', tags: [], limits: { perSecond: 1, burst: 3 } },
    ];
    expect(await said({ rules: [] })).toEqual(['true, no title, none']);
    expect(await said({ rules, on: false, title: 'shop', extra: 'x' })).toEqual([
      'false, shop, x, /a none 2.5 10, /b  1.0 3',
    ]);
  });

  test('has all its faults said, each with its path', async () => {
    const rules = [
      { prefix: '', limits: { burst: 'many' } },
      { prefx: 1, tags: [1], limits: { perSecond: 1, burst: 0 } },
      5,
    ];
    expect(await said({ rules, on: 1, titel: 'x' })).toMatchInlineSnapshot(`
      [
        "  error: "on" must be true or false",
        "  error: "rules[2]" must be an object",
        "  error: "rules[0].prefix" must be a text that is not empty",
        "  error: "rules[0].limits.perSecond" is missing",
        "  error: "rules[0].limits.burst" must be a whole number",
        "  error: "rules[1].prefix" must be a text that is not empty",
        "  error: "rules[1].tags" must be a list of texts that are not empty",
        "  error: "rules[1].limits.burst" must be at least 1",
        "  error: "rules[1].prefx" is unknown; known are "prefix", "tags", "limits"",
        "  error: "titel" is unknown; known are "on", "rules", "title", "extra"",
      ]
    `);
    expect(await said({ rules: {} })).toMatchInlineSnapshot(`
      [
        "  error: "rules" must be a list",
      ]
    `);
    expect(await said('{"rules": ')).toMatchInlineSnapshot(`
      [
        "  error: the configuration is not JSON: expected a value at line 1, column 11",
      ]
    `);
    expect(await said({})).toMatchInlineSnapshot(`
      [
        "  error: "rules" is missing",
      ]
    `);
  });
});

test('a field that cannot be read is an error at its place, and a private one is left alone', async () => {
  const fields = 'size!: u64; name: string | null = null; map: Map<string, string> = new Map();';
  const { wasm, diagnostics } = await compileFilter(filterWith(fields));
  expect(wasm).toBeUndefined();
  const faults = diagnostics.map((one) => [one.summary, one.source?.line]);
  expect(faults).toEqual([
    [expect.stringContaining('Rules.size cannot be read from a configuration'), 19],
    [expect.stringContaining('Rules.name must not be null'), 19],
    [expect.stringContaining('Rules.map cannot be read'), 19],
  ]);
});
