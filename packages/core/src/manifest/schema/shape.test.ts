import { describe, expect, it, test } from 'vitest';
import { parseManifest } from '../parse-manifest.ts';
import { compareFaults, manifest } from '../testing/marked.ts';

type Row = readonly [name: string, text: string, codes: readonly string[], says: RegExp];

const filter = (text: string): string =>
  manifest({ filters: `- {name: hello, module: {file: a.wasm}, ${text}}` });
const binding = (text: string): string =>
  manifest({
    bindings: `- {name: all, target: prod, select: {namespace: foo, name: web}, chain: [hello], ${text}}`,
  });
const service = (text: string): string =>
  manifest({ targets: `- {name: prod, local: {services: [{namespace: a, name: b, ${text}}]}}` });

const table: readonly Row[] = [
  ['misspelt key', binding('«direktion»: inbound'), ['020'], /did you mean `direction`/],
  ['key in other case', filter('«RootID»: x'), ['020'], /did you mean `rootId`/],
  ['key of a level below', filter('«allowPrecompiled»: true'), ['020'], /one level down, under `vm`/],
  ['key of a level above', filter('vm: {«config»: {}}'), ['020'], /further up, beside `vm`/],
  [
    'key of two levels above',
    manifest({ filters: '- {name: hello, module: {file: a, «targets»: []}}' }),
    ['020'],
    /further up, beside `filters`/,
  ],
  ['key of nowhere', filter('«xyzzy»: 1'), ['020'], /the keys here are `name`, `module`/],
  ['missing name', manifest({ filters: '- «module: {file: a}»' }), ['021'], /`name` is missing/],
  [
    'missing select',
    manifest({ bindings: '- «{name: all, target: prod, chain: [hello]}»' }),
    ['021'],
    /`select` is missing/,
  ],
  [
    'missing namespace below a key',
    manifest({ bindings: '- name: all\n  target: prod\n  «select»:\n    name: web\n  chain: [hello]' }),
    ['021'],
    /`namespace` is missing/,
  ],
  [
    'number for text',
    manifest({
      bindings:
        '- {name: all, target: prod, select: {namespace: foo, labels: {version: «1.0»}}, chain: [hello]}',
    }),
    ['022'],
    /must be a text, but is the number 1\.0.*"1\.0"/,
  ],
  ['truth value for text', filter('vm: {env: {DEBUG: «true»}}'), ['022'], /put it in quotes: "true"/],
  ['text for truth value', filter('vm: {allowPrecompiled: «"yes"»}'), ['022'], /`true` or `false`/],
  ['list for mapping', filter('vm: «[]»'), ['022'], /must be a mapping, but is a list/],
  [
    'mapping for list',
    binding('position: first').replace('chain: [hello]', 'chain: «{hello: 1}»'),
    ['022'],
    /must be a list/,
  ],
  [
    'text for list',
    binding('position: first').replace('chain: [hello]', 'chain: «hello»'),
    ['022'],
    /begin each entry/,
  ],
  ['text for port', service('port: «"80"»'), ['022'], /without quotes/],
  ['list as configuration', filter('config: «[1]»'), ['022'], /mapping or a text, but is a list/],
  ['empty configuration', filter('«config»:').replace(/\}$/m, ' }'), ['022'], /leave the key out/],
  ['empty section', manifest({ rest: '«rollout»:' }), ['022'], /but is nothing/],
  [
    'enum',
    binding('direction: «inbuond»'),
    ['023'],
    /did you mean `inbound`\? \(one of `inbound`, `outbound`, `gateway`\)/,
  ],
  ['enum of the wrong type', filter('onFailure: «false»'), ['023'], /truth value false/],
  ['no embedded delivery', binding('delivery: «embedded»'), ['023'], /one of `auto`, `configmap`, `image`/],
  [
    'version',
    manifest({ head: 'apiVersion: «v1»\nkind: Fleet\nmetadata: {name: shop}' }),
    ['023'],
    /write `wasmcast\.dev\/v1alpha1`/,
  ],
  [
    'misspelt kind',
    manifest({ head: 'apiVersion: wasmcast.dev/v1alpha1\nkind: «fleet»\nmetadata: {name: shop}' }),
    ['023'],
    /`Fleet`/,
  ],
  [
    'upper case name',
    manifest({ head: 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: «Shop»}' }),
    ['024'],
    /lower-case/,
  ],
  [
    'long name',
    manifest({
      head: `apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: «${'a'.repeat(41)}»}`,
    }),
    ['024'],
    /at most 40/,
  ],
  [
    'empty name',
    manifest({ head: 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: «""»}' }),
    ['024'],
    /lower-case/,
  ],
  [
    'empty chain',
    binding('position: first')
      .replace('chain: [hello]', 'chain: «[]»')
      .replace('name: hello', 'name: «hello»'),
    ['034', '024'],
    /at least one filter/,
  ],
  ['port', service('port: «70000»'), ['024'], /0 to 65535/],
  ['fraction of a port', service('port: «80.5»'), ['022'], /whole number/],
  ['upstream', service('upstream: «"https://a"»'), ['024'], /http:\/\/host:port/],
  ['upstream with a path', service('upstream: «"http://a/b"»'), ['024'], /without a path/],
  ['duration', manifest({ rest: 'rollout: {timeout: «ten minutes»}' }), ['024'], /`10m`, `90s` or `1h30m`/],
  ['duration without unit', manifest({ rest: 'rollout: {timeout: «10»}' }), ['022'], /must be a text/],
  [
    'wave of nothing',
    manifest({ rest: 'rollout: {waves: [1, «0», «101%», «"pause 0s"», «half»]}' }),
    ['024', '024', '024', '024'],
    /a number of workloads \(`1`\)/,
  ],
  [
    'gate of two',
    manifest({
      rest: 'rollout: {gates: [{name: g, http: {url: "http://a"}, «webhook»: {url: "http://a"}}]}',
    }),
    ['025'],
    /exactly one of/,
  ],
  [
    'word for gates',
    manifest({ rest: 'rollout: {gates: «off»}' }),
    ['024'],
    /or write `none` to be judged by nothing/,
  ],
  [
    'unknown key in a gate',
    manifest({ rest: 'rollout: {gates: [{name: g, stats: {«maxP99ms»: 3}}]}' }),
    ['020'],
    /did you mean `maxP99Ms`/,
  ],
  [
    'bounds of a gate',
    manifest({
      rest: 'rollout: {gates: [{name: g, stats: {maxErrorRate: «1», maxResponseFlags: {«nfcf»: 1%}, maxMemoryGrowth: «5MB»}}]}',
    }),
    ['022', '024', '024'],
    /bytes like|percentage|response flag/,
  ],
  ['gate of nothing', manifest({ rest: 'rollout: {gates: [«{name: g}»]}' }), ['025'], /add one of them/],
  [
    'two gates of one name',
    manifest({ rest: 'rollout: {gates: [{name: g, stats: {}}, {name: «g», stats: {}}]}' }),
    ['030'],
    /two gates/,
  ],
  [
    'query without a bound',
    manifest({ rest: 'rollout: {gates: [{name: g, prometheus: «{url: "http://a", query: up}»}]}' }),
    ['021'],
    /always pass/,
  ],
  [
    'secret in a URL',
    manifest({ rest: 'rollout: {gates: [{name: g, webhook: {url: «"http://me:pw@a"»}}]}' }),
    ['024'],
    /without a user name/,
  ],
  ['duration too long', manifest({ rest: 'rollout: {timeout: «25h»}' }), ['024'], /to 24h/],
  [
    'control character in a path',
    manifest({ filters: '- {name: hello, module: {file: «"a\\u001bb"»}}' }),
    ['024'],
    /control characters/,
  ],
];

describe('the shape of a manifest', () => {
  test.each(table)('%s', (_name, text, codes, says) => {
    const { found, wanted, parsed } = compareFaults(text, codes);
    expect(found).toEqual(wanted);
    expect(parsed.fleet).toBeUndefined();
    expect(parsed.diagnostics.map((d) => `${d.summary}: ${d.help}`).join('\n')).toMatch(says);
  });

  it('tells a misspelt key from a missing one', () => {
    const text = manifest({
      bindings: '- {name: all, targt: prod, select: {namespace: foo, name: web}, chain: [hello]}',
    });
    const { diagnostics } = parseManifest([{ file: 'f', text }]);
    expect(diagnostics).toMatchObject([
      { code: 'WC-MAN-021', help: 'is `targt` meant to be it?', source: { line: 9, column: 3 } },
      { code: 'WC-MAN-020', help: 'did you mean `target`?', source: { line: 9, column: 15, length: 5 } },
    ]);
  });
});
