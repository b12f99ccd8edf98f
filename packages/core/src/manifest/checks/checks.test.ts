import { describe, expect, it, test } from 'vitest';
import { parseManifest } from '../parse-manifest.ts';
import { compareFaults, manifest } from '../testing/marked.ts';

type Row = readonly [name: string, text: string, codes: readonly string[], says?: RegExp];

const image = 'registry.example/filters/hello:1.4';
const hex = 'a'.repeat(64);
const binding = (rest: string): string =>
  `- {name: all, target: prod, select: {namespace: foo, name: web}, ${rest}}`;
const module = (text: string): string => manifest({ filters: `- {name: hello, module: ${text}}` });
const filter = (text: string): string =>
  manifest({ filters: `- {name: hello, module: {file: a.wasm}, ${text}}` });
const signatures = (rules: string): string => `${manifest({})}\nsignatures: [${rules}]\n`;
const local = (services: string): string =>
  manifest({ targets: `- {name: prod, local: {services: [${services}]}}` });

const rowsOfNamesAndReferences: readonly Row[] = [
  [
    'two filters of a name',
    manifest({ filters: '- {name: hello, module: {file: a}}\n- {name: «hello», module: {file: b}}' }),
    ['030'],
    /two filters `hello`.*wasmcast\.yaml:5/,
  ],
  [
    'two targets of a name',
    manifest({ targets: '- {name: prod, istio: {}}\n- {name: «prod», local: {}}' }),
    ['030'],
  ],
  [
    'two bindings of a name',
    manifest({
      bindings: `${binding('chain: [hello]')}\n${binding('chain: [hello]').replace('all', '«all»')}`,
    }),
    ['030'],
  ],
  [
    'unknown filter',
    manifest({ bindings: binding('chain: [hello, «helo»]') }),
    ['031'],
    /did you mean `hello`/,
  ],
  [
    'nothing like it',
    manifest({ bindings: binding('chain: [hello, «zzz»]') }),
    ['031'],
    /the filters are `hello`/,
  ],
  [
    'unknown target',
    manifest({
      bindings: binding('chain: [hello]').replace('prod', '«prd»'),
    }),
    ['032'],
    /did you mean `prod`/,
  ],
  [
    'unknown target of a wave',
    manifest({ rest: 'rollout: {waves: [1, «target=prd», pause]}' }),
    ['032'],
    /did you mean `prod`/,
  ],
  ['twice in a chain', manifest({ bindings: binding('chain: [hello, «hello»]') }), ['033']],
  [
    'unused filter',
    manifest({ filters: '- {name: hello, module: {file: a}}\n- {name: «spare», module: {file: b}}' }),
    ['034'],
  ],
  [
    'unused target',
    manifest({ targets: '- {name: prod, istio: {}}\n- {name: «spare», local: {}}' }),
    ['035'],
  ],
  [
    'no bindings',
    'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: «shop»}\nfilters: []',
    ['036'],
  ],
];

const rowsOfExactlyOne: readonly Row[] = [
  ['no module', module('«{}»'), ['025'], /exactly one of `file`, `source`, `image`/],
  ['two modules', module('{file: a, «source»: b}'), ['025'], /has `file` and `source`/],
  ['pull secret without image', module('{file: a, «pullSecret»: b}'), ['025']],
  ['a rule that says nothing', signatures('«{repository: "*"}»'), ['025']],
  ['a rule that says two things', signatures('{repository: "*", keys: [a], «unsigned»: true}'), ['025']],
  [
    'two rules for a repository',
    signatures('{repository: a.example/b, keys: [a]}, {repository: «a.example/b», keys: [b]}'),
    ['030'],
    /two rules for `a.example\/b`/,
  ],
  [
    'two mirrors of a registry',
    manifest({
      targets: '- {name: prod, istio: {mirrors: [{from: a.b, to: c.d}, {from: «a.b», to: e.f}]}}',
    }),
    ['030'],
    /two mirrors of `a.b`/,
  ],
  [
    'a mirror with a tag',
    manifest({ targets: '- {name: prod, istio: {mirrors: [{from: «"a.b/c:1"», to: c.d}]}}' }),
    ['024'],
  ],
  ['no kind of target', manifest({ targets: '- «{name: prod}»' }), ['025']],
  ['two kinds of target', manifest({ targets: '- {name: prod, local: {}, «istio»: {}}' }), ['025']],
];

const rowsOfSelectors: readonly Row[] = [
  [
    'empty',
    manifest({ bindings: '- {name: all, target: prod, select: «{namespace: foo}», chain: [hello]}' }),
    ['040'],
    /narrow it/,
  ],
  [
    'all, and narrowed',
    manifest({
      bindings: '- {name: all, target: prod, select: {namespace: foo, name: a, «all»: true}, chain: [hello]}',
    }),
    ['040'],
    /keep one/,
  ],
  [
    'empty labels',
    manifest({
      bindings: '- {name: all, target: prod, select: «{namespace: foo, labels: {}}», chain: [hello]}',
    }),
    ['040'],
  ],
  [
    'block style',
    manifest({ bindings: '- name: all\n  target: prod\n  «select»:\n    namespace: foo\n  chain: [hello]' }),
    ['040'],
  ],
  [
    'LocalService in Istio',
    manifest({
      bindings:
        '- {name: all, target: prod, select: {namespace: foo, kind: «LocalService», name: a}, chain: [hello]}',
    }),
    ['041'],
  ],
  [
    'Deployment on this machine',
    manifest({
      targets: '- {name: prod, local: {}}',
      bindings:
        '- {name: all, target: prod, select: {namespace: foo, kind: «Deployment», name: a}, chain: [hello]}',
    }),
    ['041'],
    /write LocalService/,
  ],
  [
    'label key',
    manifest({
      bindings: '- {name: all, target: prod, select: {namespace: foo, labels: {«a b»: c}}, chain: [hello]}',
    }),
    ['046'],
  ],
  [
    'label prefix',
    manifest({
      bindings:
        '- {name: all, target: prod, select: {namespace: foo, labels: {«A_b/c»: c, app.kubernetes.io/name: d}}, chain: [hello]}',
    }),
    ['046'],
  ],
  [
    'label value',
    manifest({
      bindings: '- {name: all, target: prod, select: {namespace: foo, labels: {a: «-c»}}, chain: [hello]}',
    }),
    ['046'],
  ],
  ['label of a service', local('{namespace: a, name: b, labels: {a: «b c»}}'), ['046']],
];

const rowsOfDeliveries: readonly Row[] = [
  [
    'a file as image',
    manifest({ bindings: binding('delivery: image, chain: [«hello»]') }),
    ['042'],
    /wasmcast push/,
  ],
  [
    'a source as image',
    module('{source: ./hello}').replace('chain: [hello]', 'delivery: image, chain: [«hello»]'),
    ['042'],
    /wasmcast push/,
  ],
  [
    'an image as ConfigMap',
    module(`{image: ${image}}`).replace('chain: [hello]', 'delivery: configmap, chain: [«hello»]'),
    ['042'],
    /wasmcast pull/,
  ],
  [
    'an image from a module server',
    manifest({
      filters: `- {name: hello, module: {image: "${image}"}}`,
      targets: '- {name: prod, istio: {moduleServer: "http://modules.tools:8080"}}',
      bindings: binding('delivery: http, chain: [«hello»]'),
    }),
    ['042'],
    /from a module server.*wasmcast pull/s,
  ],
  [
    'no module server',
    manifest({ bindings: binding('delivery: «http», chain: [hello]') }),
    ['042'],
    /wasmcast serve.*moduleServer/s,
  ],
  [
    'a module server that is none',
    manifest({ targets: '- {name: prod, istio: {moduleServer: «"http://me:secret@modules"»}}' }),
    ['024'],
    /^(?!.*secret).*without a query, user or password/s,
  ],
  [
    'text in an image',
    manifest({
      filters: `- {name: hello, module: {image: "${image}"}, config: text}`,
      bindings: binding('chain: [«hello»]'),
    }),
    ['043'],
    /delivery: configmap/,
  ],
  [
    'nothing in an image',
    manifest({
      filters: `- {name: hello, module: {image: "${image}"}, config: {}}`,
      bindings: binding('delivery: image, chain: [«hello»]'),
    }),
    ['043'],
    /would arrive as nothing/,
  ],
];

const rowsOfModulesAndVariables: readonly Row[] = [
  ['no repository', module('{image: «hello»}'), ['047']],
  ['spaces', module('{image: «registry.example/a b»}'), ['047'], /no spaces/],
  [
    'scheme',
    module('{image: "oci://registry.example/a"}').replace(
      '"oci://registry.example/a"',
      '«"oci://registry.example/a"»',
    ),
    ['047'],
    /leave `oci:\/\/` out/,
  ],
  [
    'short digest',
    module('{image: "registry.example/a@sha256:abc"}').replace(
      '"registry.example/a@sha256:abc"',
      '«"registry.example/a@sha256:abc"»',
    ),
    ['047'],
    /64 hex/,
  ],
  ['upper case', module('{image: «registry.example/Hello»}'), ['047'], /lower case/],
  ['reserved variable', filter('vm: {env: {«ISTIO_META_X»: a}}'), ['044']],
  ['variable with an equals sign', filter('vm: {env: {«"A=B"»: a}}'), ['024']],
];

const rowsOfServices: readonly Row[] = [
  [
    'same name',
    local('{namespace: a, name: b}, {namespace: a, name: «b»}, {namespace: c, name: b}'),
    ['045'],
  ],
  ['same port', local('{namespace: a, name: b, port: 80}, {namespace: a, name: c, port: «80»}'), ['045']],
];

const rowsOfSecrets: readonly Row[] = [
  ['by key', filter('config: {db: {password: «hunter2»}}'), ['048']],
  ['by value', filter('config: {pem: «"-----BEGIN RSA PRIVATE KEY-----x"»}'), ['048']],
  ['in a variable', filter('vm: {env: {API_TOKEN: «abc»}}'), ['048']],
];

describe.each([
  { about: 'names and references', table: rowsOfNamesAndReferences },
  { about: 'exactly one', table: rowsOfExactlyOne },
  { about: 'selectors', table: rowsOfSelectors },
  { about: 'deliveries', table: rowsOfDeliveries },
  { about: 'modules and variables', table: rowsOfModulesAndVariables },
  { about: 'services', table: rowsOfServices },
  { about: 'secrets', table: rowsOfSecrets },
])('$about', ({ table }) => {
  const full = table.map(([row, text, codes, says]) => ({ row, text, codes, says: says ?? /./ }));
  test.each(full)('$row', ({ text, codes, says }) => {
    const { found, wanted, parsed } = compareFaults(text, codes);
    expect(found).toEqual(wanted);
    expect(parsed.diagnostics.map((d) => `${d.summary}: ${d.help}`).join('\n')).toMatch(says);
  });
});

describe('secrets', () => {
  it('are never shown, in no line of any diagnostic', () => {
    const secret = 'correct-horse-battery';
    const text = filter(`config: {password: ${secret}, n: 0777}, onFialure: open`);
    const { diagnostics } = parseManifest([{ file: 'f', text }]);
    expect(diagnostics.map((d) => d.code)).toEqual(['WC-MAN-048', 'WC-MAN-006', 'WC-MAN-020']);
    expect(JSON.stringify(diagnostics)).not.toContain(secret);
    expect(diagnostics[0]?.source?.lineText).toContain(`password: ${'*'.repeat(secret.length)}, n`);
  });

  it('are not shown when the document does not parse either', () => {
    const { diagnostics } = parseManifest([{ file: 'f', text: 'config: {password: hunter2, a: @b}\n' }]);
    expect(diagnostics[0]?.code).toBe('WC-MAN-001');
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });

  it('are not shown when they are numbers', () => {
    const { diagnostics } = parseManifest([
      { file: 'f', text: filter('config: {token: 98765432109876543210}, vm: {env: {TOKEN: 4711}}') },
    ]);
    expect(diagnostics.map((d) => d.code)).toEqual(['WC-MAN-005', 'WC-MAN-022']);
    expect(JSON.stringify(diagnostics)).not.toMatch(/98765|4711/);
  });
});

describe('what is accepted', () => {
  test.each([
    ['digest', module(`{image: "localhost:5000/a@sha256:${hex}"}`)],
    ['tag and digest', module(`{image: "localhost:5000/a/b:1@sha256:${hex}", pullSecret: my.secret}`)],
    ['text by ConfigMap', filter('config: text')],
    [
      'a file from a module server',
      manifest({
        targets: '- {name: prod, istio: {moduleServer: "https://modules.tools:8443/wasm/"}}',
        bindings: binding('delivery: http, chain: [hello]'),
      }),
    ],
    ['empty object by ConfigMap', filter('config: {}')],
    ['a name of a secret', filter('config: {tokenHeader: x-token, password: ""}')],
    [
      'text of an image on this machine',
      manifest({
        filters: `- {name: hello, module: {image: "${image}"}, config: text}`,
        targets: '- {name: prod, local: {}}',
      }),
    ],
    [
      'all of a namespace, on purpose',
      manifest({
        bindings: '- {name: all, target: prod, select: {namespace: foo, all: true}, chain: [hello]}',
      }),
    ],
    [
      'labels',
      manifest({
        bindings:
          '- {name: all, target: prod, select: {namespace: foo, labels: {app.kubernetes.io/name: web_1, x: ""}}, chain: [hello]}',
      }),
    ],
    [
      'services',
      local(
        '{namespace: a, name: b, labels: {app: x}}, {namespace: b, name: b, port: 8080, upstream: "http://127.0.0.1:9000"}',
      ),
    ],
  ])('%s', (_name, text) => {
    const { fleet, diagnostics } = parseManifest([{ file: 'f', text }]);
    expect(diagnostics).toEqual([]);
    expect(fleet).toBeDefined();
  });
});
