import { describe, expect, it } from 'vitest';
import { defaultGate } from '../model/default-gate.ts';
import { parseManifest } from './parse-manifest.ts';
import { manifest } from './testing/marked.ts';

const shop = `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
filters:
- name: example-filter
  module: {file: ./example-filter.wasm}        # or {source: ./filters/example} or {image: registry.example/filters/example:1.4}
  rootId: my_root_id
  vm: {id: example-filter, allowPrecompiled: true, env: {}}
  config: {header: hello}
  onFailure: closed                            # closed | open | reload
targets:
- {name: prod, istio: {context: prod}}
- {name: laptop, local: {}}
bindings:
- name: frontpage
  target: prod
  select: {namespace: foo, kind: Deployment, labels: {app: frontpage, version: v1}}
  direction: inbound                           # inbound | outbound | gateway
  position: last                               # first | authn | authz | last
  delivery: configmap
  chain: [example-filter]
rollout:
  timeout: 5m
  probe: required
  waves: [1, pause, namespace=staging, 'label:tier=canary', 10%, pause 10m, 100%]
  gates:
  - {name: errors, stats: {maxErrorRate: 0.5%, maxErrorRateIncrease: 1%, maxForbiddenRate: 2%, maxResponseFlags: {NFCF: 0%}, maxP99Ms: 250, maxP99Increase: 20%, maxMemoryGrowth: 5Mi, maxRestarts: 1, warmUp: 2m}, interval: 30s, count: 3, failureLimit: 1}
  - {name: slo, prometheus: {url: 'http://prometheus:9090', query: up, min: 1}}
  - {name: shop, http: {url: 'https://shop.example/healthz'}}
  - {name: ci, webhook: {url: 'https://ci.example/wave'}}
  maxRestarting: 5
  onFailure: stop
`;

/** The same filter, said with as few words as possible and the Deployment by its name. */
const brief = `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata:
  name: brief
filters:
- name: example-filter
  module:
    file: example-filter.wasm
  rootId: my_root_id
  vm: {allowPrecompiled: true}
targets:
- name: mesh
  istio: {}
bindings:
- name: frontpage-v1
  target: mesh
  select: {namespace: foo, kind: Deployment, name: frontpage-v1, labels: {app: frontpage, version: v1}}
  chain: [example-filter]
`;

const codes = (sources: readonly string[]): readonly string[] =>
  parseManifest(sources.map((text, i) => ({ file: `${i}.yaml`, text }))).diagnostics.map((d) => d.code);

describe('parseManifest', () => {
  it('reads a fleet that says everything', () => {
    const { fleet, diagnostics } = parseManifest([{ file: 'shop/wasmcast.yaml', text: shop }]);
    expect(diagnostics.map((d) => [d.severity, d.summary])).toEqual([
      ['warning', 'no binding uses the target `laptop`'],
    ]);
    const declaredIn = 'shop/wasmcast.yaml';
    expect(fleet).toEqual({
      name: 'shop',
      filters: [
        {
          name: 'example-filter',
          module: { kind: 'file', path: './example-filter.wasm' },
          rootId: 'my_root_id',
          vm: { id: 'example-filter', allowPrecompiled: true, env: {} },
          config: { kind: 'json', value: { header: 'hello' } },
          onFailure: 'closed',
          declaredIn,
        },
      ],
      targets: [
        {
          kind: 'istio',
          name: 'prod',
          context: 'prod',
          stateNamespace: 'istio-system',
          imageResource: 'WasmPlugin',
          declaredIn,
        },
        { kind: 'local', name: 'laptop', services: [], declaredIn },
      ],
      bindings: [
        {
          name: 'frontpage',
          target: 'prod',
          select: { namespace: 'foo', kind: 'Deployment', labels: { app: 'frontpage', version: 'v1' } },
          direction: 'inbound',
          position: 'last',
          delivery: 'configmap',
          chain: ['example-filter'],
        },
      ],
      rollout: {
        timeoutMs: 300_000,
        probe: 'required',
        waves: [
          { kind: 'count', workloads: 1 },
          { kind: 'pause', ms: undefined },
          { kind: 'namespace', namespace: 'staging' },
          { kind: 'label', key: 'tier', value: 'canary' },
          { kind: 'share', percent: 10 },
          { kind: 'pause', ms: 600_000 },
          { kind: 'share', percent: 100 },
        ],
        gates: [
          {
            name: 'errors',
            check: {
              kind: 'stats',
              maxVmFailures: 0,
              maxVmReloads: 0,
              maxRestarts: 1,
              maxUnavailable: 0,
              maxErrorRate: 0.005,
              maxErrorRateIncrease: 0.01,
              maxForbiddenRate: 0.02,
              maxResponseFlags: { NFCF: 0 },
              maxP99Ms: 250,
              maxP99Increase: 0.2,
              maxMemoryGrowth: 5 * 1024 * 1024,
              warmUpMs: 120_000,
              minRequests: 1,
            },
            intervalMs: 30_000,
            count: 3,
            failureLimit: 1,
          },
          {
            name: 'slo',
            check: {
              kind: 'prometheus',
              url: 'http://prometheus:9090',
              query: 'up',
              min: 1,
              max: undefined,
            },
            intervalMs: 10_000,
            count: 1,
            failureLimit: 0,
          },
          { name: 'shop', check: { kind: 'http', url: 'https://shop.example/healthz', status: 200 } },
          { name: 'ci', check: { kind: 'webhook', url: 'https://ci.example/wave' } },
        ].map((gate) => ({ intervalMs: 10_000, count: 1, failureLimit: 0, ...gate })),
        maxRestarting: 5,
        onFailure: 'stop',
      },
    });
  });

  it('fills in what is left out', () => {
    const { fleet, diagnostics } = parseManifest([{ file: 'brief.yaml', text: brief }]);
    expect(diagnostics).toEqual([]);
    expect(fleet).toMatchObject({
      filters: [{ vm: { id: undefined, env: {} }, config: { kind: 'none' }, onFailure: 'closed' }],
      targets: [{ context: undefined }],
      bindings: [
        { direction: 'inbound', position: 'last', delivery: 'auto', select: { name: 'frontpage-v1' } },
      ],
      rollout: {
        timeoutMs: 600_000,
        waves: [
          { kind: 'count', workloads: 1 },
          { kind: 'share', percent: 10 },
          { kind: 'share', percent: 50 },
          { kind: 'share', percent: 100 },
        ],
        gates: [defaultGate],
        onFailure: 'rollback',
      },
    });
  });

  it.each([
    ['none', []],
    ['[]', [defaultGate]],
  ])('gates: %s', (text, gates) => {
    const { fleet } = parseManifest([{ file: 'f', text: manifest({ rest: `rollout: {gates: ${text}}` }) }]);
    expect(fleet?.rollout.gates).toEqual(gates);
  });

  it('reads every kind of module and every field of a service', () => {
    const { fleet } = parseManifest([
      {
        file: 'f',
        text: manifest({
          filters: [
            '- {name: a, module: {source: ./a}, config: "text", onFailure: open}',
            '- {name: b, module: {image: "localhost:5000/b:1", pullSecret: key}, vm: {env: {A: b}}, onFailure: reload}',
          ].join('\n'),
          targets:
            '- {name: prod, local: {services: [{namespace: x, name: y, labels: {l: m}, port: 81, upstream: "http://h:1"}]}}',
          bindings:
            '- {name: all, target: prod, select: {namespace: x, kind: LocalService, labels: {l: m}}, direction: outbound, position: first, chain: [b, a]}',
          rest: 'rollout: {timeout: 1h30m}',
        }),
      },
    ]);
    expect(fleet).toMatchObject({
      filters: [
        {
          module: { kind: 'source', path: './a' },
          config: { kind: 'text', text: 'text' },
          onFailure: 'open',
        },
        {
          module: { kind: 'image', reference: 'localhost:5000/b:1', pullSecret: 'key' },
          vm: { env: { A: 'b' } },
          onFailure: 'reload',
        },
      ],
      targets: [
        { services: [{ namespace: 'x', name: 'y', labels: { l: 'm' }, port: 81, upstream: 'http://h:1' }] },
      ],
      bindings: [{ direction: 'outbound', position: 'first', chain: ['b', 'a'] }],
      rollout: { timeoutMs: 5_400_000 },
    });
  });

  it('reads who must have signed what, and where a target finds images', () => {
    const keyless = '{trustedRoot: root.json, identities: [{issuer: i, subject: s}]}';
    const text = manifest({
      targets: '- {name: prod, istio: {mirrors: [{from: a.example, to: "eu.example:5000/copy"}]}}',
    });
    const { fleet, diagnostics } = parseManifest([
      { file: 'wasmcast.yaml', text: `${text}\nsignatures: [{repository: a.example/team, keys: [a.pub]}]\n` },
      {
        file: 'more/rules.yaml',
        text: `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: ${/metadata: \{name: ([a-z-]+)\}/.exec(text)?.[1] ?? 'shop'}}
signatures:
- {repository: a.example, keyless: ${keyless}, attestations: ["https://spdx.dev/Document"]}
- {repository: "*", unsigned: true}
`,
      },
    ]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const common = { keys: [], attestations: [], unsigned: false, declaredIn: 'more/rules.yaml' };
    expect(fleet?.signatures).toEqual([
      { ...common, repository: 'a.example/team', keys: ['a.pub'], declaredIn: 'wasmcast.yaml' },
      {
        ...common,
        repository: 'a.example',
        keyless: { trustedRoot: 'root.json', identities: [{ issuer: 'i', subject: 's' }] },
        attestations: ['https://spdx.dev/Document'],
      },
      { ...common, repository: '*', unsigned: true },
    ]);
    expect(fleet?.targets).toMatchObject([{ mirrors: [{ from: 'a.example', to: 'eu.example:5000/copy' }] }]);
  });

  it('finds every fault of a file, in the order of the text', () => {
    const text = shop
      .replace('name: shop', 'name: Shop')
      .replace('rootId:', 'rootID:')
      .replace('onFailure: closed', 'onFailure: closd')
      .replace('chain: [example-filter]', 'chain: [exmaple-filter]')
      .replace('direction: inbound', 'diretion: inbound')
      .replace('labels: {app: frontpage, version: v1}', 'labels: {app: frontpage, version: 1}')
      .replace('timeout: 5m', 'timeout: 10x');
    const { fleet, diagnostics } = parseManifest([{ file: 'f', text }]);
    expect(fleet).toBeUndefined();
    expect(diagnostics.map((d) => `${d.code} ${d.source?.line}:${d.source?.column}`)).toEqual([
      'WC-MAN-024 3:18',
      'WC-MAN-020 7:3',
      'WC-MAN-023 10:14',
      'WC-MAN-035 13:10',
      'WC-MAN-022 17:80',
      'WC-MAN-020 18:3',
      'WC-MAN-031 21:11',
      'WC-MAN-024 23:12',
    ]);
  });

  it('says so when there is nothing', () => {
    expect(parseManifest([]).diagnostics).toMatchObject([{ code: 'WC-MAN-010' }]);
    expect(parseManifest([{ file: 'f', text: '# empty\n---\n' }]).diagnostics).toMatchObject([
      { code: 'WC-MAN-010', source: { file: 'f', line: 1, column: 1 } },
    ]);
    expect(codes(['- a\n- b'])).toEqual(['WC-MAN-011']);
    expect(codes(['just text'])).toEqual(['WC-MAN-011']);
    expect(codes(['kind: Deployment\napiVersion: apps/v1'])).toEqual(['WC-MAN-023']);
  });
});

describe('several documents', () => {
  const head = 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: shop}\n';
  const parts = [
    `${head}filters:\n- {name: a, module: {file: a.wasm}}\n---\n${head}filters:\n- {name: b, module: {file: b.wasm}}\nrollout: {timeout: 5m}\n`,
    `${head}targets:\n- {name: prod, istio: {}}\nfilters:\n- {name: c, module: {file: c.wasm}}\n`,
    `---\n${head}bindings:\n- {name: all, target: prod, select: {namespace: foo, name: web}, chain: [c, b, a]}\n---\n`,
  ] as const;
  const sources = parts.map((text, i) => ({ file: `${i}.yaml`, text }));

  it('are one fleet', () => {
    const { fleet, diagnostics } = parseManifest(sources);
    expect(diagnostics).toEqual([]);
    expect(fleet?.filters.map((f) => [f.name, f.declaredIn])).toEqual([
      ['a', '0.yaml'],
      ['b', '0.yaml'],
      ['c', '1.yaml'],
    ]);
    expect(fleet?.rollout.timeoutMs).toBe(300_000);
  });

  it('are located in the merged lists', () => {
    const { locate } = parseManifest(sources);
    expect(locate(['filters', 1, 'module', 'file'])).toEqual({
      file: '0.yaml',
      line: 11,
      column: 28,
      length: 6,
      lineText: '- {name: b, module: {file: b.wasm}}',
    });
    expect(locate(['filters', 2, 'module', 'file'])).toMatchObject({ file: '1.yaml', line: 7, column: 28 });
    expect(locate(['bindings', 0, 'chain', 2])).toMatchObject({
      file: '2.yaml',
      line: 6,
      column: 80,
      length: 1,
    });
    expect(locate(['rollout', 'timeout'])).toMatchObject({ file: '0.yaml', line: 12, column: 20 });
  });

  it('are located where a default is meant, by what stands around it', () => {
    const { locate } = parseManifest([{ file: 'brief.yaml', text: brief }]);
    expect(locate(['filters', 0, 'config'])).toMatchObject({ line: 6, column: 3, length: 20 });
    expect(locate(['filters', 0, 'module'])).toMatchObject({ line: 7, column: 3, length: 6 });
    expect(locate(['rollout', 'timeout'])).toBeUndefined();
    expect(locate([])).toBeUndefined();
  });

  it('must be of one fleet, and the others are checked all the same', () => {
    const other = `${head.replace('shop', 'shup')}filters:\n- {name: a, module: {fle: a}}\n`;
    const { diagnostics } = parseManifest([...sources, { file: '3.yaml', text: other }]);
    expect(diagnostics).toMatchObject([
      {
        code: 'WC-MAN-012',
        summary: expect.stringContaining('"shop" (0.yaml:3)') as string,
        source: { file: '3.yaml', line: 3, column: 18 },
      },
      { code: 'WC-MAN-020', source: { file: '3.yaml', line: 5, column: 22 } },
    ]);
  });

  it('may say once how a rollout proceeds', () => {
    const { diagnostics } = parseManifest([...sources, { file: '3.yaml', text: `${head}rollout: {}\n` }]);
    expect(diagnostics).toMatchObject([
      {
        code: 'WC-MAN-013',
        source: { file: '3.yaml', line: 4, column: 1 },
        help: expect.stringContaining('0.yaml:12') as string,
      },
    ]);
  });

  it('find doubles across files', () => {
    const { diagnostics } = parseManifest([...sources, { file: '3.yaml', text: parts[1] }]);
    expect(diagnostics.map((d) => [d.code, d.source?.file, d.source?.line])).toEqual([
      ['WC-MAN-030', '3.yaml', 5],
      ['WC-MAN-030', '3.yaml', 7],
    ]);
  });
});
