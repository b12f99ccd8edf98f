import { readFileSync } from 'node:fs';
import type { DesiredFilter, Sha256 } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { digest, filter, frontpage, imageFilter } from '../testing/native.ts';
import { readEcds, readListeners } from './dump.ts';
import { judge } from './judge.ts';
import { usesOf } from './module-uses.ts';
import type { Reading } from './reading.ts';
import { judgeRefusals, readRefusals } from './refused-config.ts';

/** Dumps of a real sidecar (Istio 1.31, Envoy 1.40), cut down to what is read. */
const dump = (name: string): string =>
  readFileSync(new URL(`../../testdata/${name}.json`, import.meta.url), 'utf8');

const moduleDigest = '14d7efd13b5bc176662fd8c6d58fcbcf18d9d3425a708772fe6e32338c49a51e' as Sha256;
const imageDigest = 'aaced51deb06a96dbb41b2be20a02bb7dd0a27025f6ae2dc1176b0f39895ed78' as Sha256;
const config = { kind: 'json', value: { header: 'other' } } as const;
const mounted = filter('example-filter', { moduleDigest, config });
const pulled = imageFilter('img', {
  moduleDigest,
  config: { kind: 'json', value: { a: 1 } },
  image: { reference: `198.18.0.1:5000/filters/f@sha256:${imageDigest}`, digest: imageDigest },
});

const byConfigMap: Reading = {
  fleet: 'shop',
  workload: frontpage,
  listeners: readListeners(dump('listeners-configmap')),
  ecds: new Map(),
  mounts: {
    initContainers: [
      {
        name: 'istio-proxy',
        volumeMounts: [{ name: 'wasmcast-shop', mountPath: '/var/local/lib/wasm-filters' }],
      },
    ],
    volumes: [
      {
        name: 'wasmcast-shop',
        projected: {
          sources: [
            {
              configMap: {
                name: 'wasmcast-shop-14d7efd13b5bc176',
                items: [{ key: 'module.wasm', path: '14d7efd13b5bc176.wasm' }],
              },
            },
          ],
        },
      },
    ],
  },
  falseModules: new Map(),
};
const byImage: Reading = {
  ...byConfigMap,
  listeners: readListeners(dump('listeners-image')),
  ecds: readEcds(dump('ecds-wasmplugin')),
  mounts: {},
};

const verdicts = (reading: Reading, filters: readonly DesiredFilter[]) =>
  judge(reading, [{ workload: frontpage, direction: 'inbound', filters }]).map(
    (v) => `${v.filter} ${v.verdict}`,
  );

describe('a module that is mounted', () => {
  it('is live when file, mount, settings and configuration are as wanted', () => {
    expect(byConfigMap.listeners.chains.map((c) => [c.listener, c.direction])).toContainEqual([
      'virtualInbound',
      'INBOUND',
    ]);
    expect(verdicts(byConfigMap, [mounted])).toEqual(['example-filter live']);
  });

  it.each<[string, Partial<DesiredFilter>]>([
    ['wrong-digest', { moduleDigest: digest('b') }],
    ['wrong-config', { config: { kind: 'json', value: { header: 'hello' } } }],
    ['wrong-config', { config: { kind: 'text', text: '{"header": "other"}' } }],
    ['wrong-config', { rootId: 'another' }],
    ['wrong-config', { vmId: 'another' }],
    ['wrong-config', { allowPrecompiled: false }],
    ['wrong-config', { onFailure: 'open' }],
    ['wrong-config', { env: { A: '1' } }],
    ['not-in-chain', { name: 'absent' }],
  ])('is %s for %j', (verdict, change) => {
    const wanted = { ...mounted, ...change };
    expect(verdicts(byConfigMap, [wanted])).toContain(`${wanted.name} ${verdict}`);
  });

  it('is not live when the pod mounts something else there, or the ConfigMap holds another module', () => {
    const { volumes: _, ...rest } = byConfigMap.mounts;
    expect(verdicts({ ...byConfigMap, mounts: rest }, [mounted])).toEqual(['example-filter wrong-digest']);
    const forged = new Map([[moduleDigest, 'another module']]);
    expect(verdicts({ ...byConfigMap, falseModules: forged }, [mounted])).toEqual([
      'example-filter wrong-digest',
    ]);
  });

  it('has to be in every HTTP chain of the direction', () => {
    const { chains } = byConfigMap.listeners;
    const holed = chains.map((c, i) => (i === chains.length - 1 ? c : { ...c, filters: [] }));
    const reading = { ...byConfigMap, listeners: { ...byConfigMap.listeners, chains: holed } };
    expect(verdicts(reading, [mounted])).toEqual(['example-filter not-in-chain']);
    const warming = { ...reading, listeners: { ...reading.listeners, warming: ['virtualInbound'] } };
    expect(verdicts(warming, [mounted])).toEqual(['example-filter pending']);
  });

  it('is still there when nobody wants it', () => {
    expect(verdicts(byConfigMap, [])).toEqual(['example-filter still-there']);
    expect(verdicts({ ...byConfigMap, fleet: 'another' }, [])).toEqual([]);
  });

  it('has its place', () => {
    const chains = byConfigMap.listeners.chains.map((c) => ({
      ...c,
      filters: c.filters.flatMap((f) =>
        f.name === 'wasmcast.shop.example-filter' && f.config?.kind === 'wasm'
          ? [
              {
                ...f,
                name: 'wasmcast.shop.second',
                config: {
                  ...f.config,
                  plugin: {
                    ...f.config.plugin,
                    vm_config: { ...f.config.plugin.vm_config, vm_id: 'second-14d7efd1' },
                  },
                },
              },
              f,
            ]
          : [f],
      ),
    }));
    const reading = { ...byConfigMap, listeners: { ...byConfigMap.listeners, chains } };
    const second = filter('second', { moduleDigest, config });
    expect(verdicts(reading, [second, mounted])).toEqual(['second live', 'example-filter live']);
    expect(verdicts(reading, [mounted, second])).toEqual([
      'example-filter out-of-order',
      'second out-of-order',
    ]);
  });
});

describe('an image', () => {
  it('is live by WasmPlugin and by TrafficExtension', () => {
    expect(verdicts(byImage, [pulled])).toEqual(['img live']);
    const chains = byImage.listeners.chains.map((c) => ({
      ...c,
      filters: c.filters.map((f) => ({ ...f, name: f.name.replace('~istio-translated-wasmplugin', '') })),
    }));
    const extension = {
      ...byImage,
      ecds: readEcds(dump('ecds-trafficextension')),
      listeners: { ...byImage.listeners, chains },
    };
    expect(verdicts(extension, [pulled])).toEqual(['img live']);
  });

  it.each([
    'foo.NAME',
    'extenstions.istio.io/wasmplugin/foo.NAME',
    'extensions.istio.io/wasmplugin/foo.NAME',
    'extensions.istio.io/trafficextension/foo.NAME',
  ])('is found under the name %s of its Istio', (spelling) => {
    const [[known, seen] = ['', undefined]] = [...byImage.ecds];
    const object = /foo\.(.*)~/.exec(known)?.[1] ?? '';
    const name = spelling.replace('NAME', object);
    const chains = byImage.listeners.chains.map((c) => ({
      ...c,
      filters: c.filters.map((f) => (f.name === known ? { ...f, name } : f)),
    }));
    const ecds = new Map(seen === undefined ? [] : [[name, seen]]);
    expect(verdicts({ ...byImage, ecds, listeners: { ...byImage.listeners, chains } }, [pulled])).toEqual([
      'img live',
    ]);
  });

  it.each([
    ['ecds-placeholder-allow', 'img placeholder-allow'],
    ['ecds-placeholder-deny', 'img placeholder-deny'],
  ])('%s is %s', (name, verdict) => {
    expect(verdicts({ ...byImage, ecds: readEcds(dump(name)) }, [pulled])).toEqual([verdict]);
  });

  it('is pending while its configuration has not arrived, and wrong by its digest', () => {
    expect(verdicts({ ...byImage, ecds: new Map() }, [pulled])).toEqual(['img pending']);
    expect(verdicts(byImage, [{ ...pulled, image: { reference: 'x', digest: digest('0') } }])).toEqual([
      'img wrong-digest',
    ]);
    expect(verdicts(byImage, [])).toEqual(['img still-there']);
  });
});

describe('a discovered configuration that Envoy refused', () => {
  const verdict = { filter: 'img', direction: 'inbound', verdict: 'live' } as const;
  const words = (plugin: string): string =>
    `gRPC config for type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig rejected: Unable to create Wasm plugin ${plugin}\tthread=15`;
  const since = byImage.ecds.values().next().value?.since ?? 0;
  const resource = byImage.ecds.keys().next().value ?? '';
  const after = new Date(since + 6).toISOString();
  const refused = (time: string, plugin: string): readonly string[] => {
    const uses = usesOf(byImage, [{ workload: frontpage, direction: 'inbound', filters: [pulled] }]);
    const refusals = readRefusals(
      `x\n${time} 2026-11-23T02:04:47.330129Z\twarning\tenvoy config ${words(plugin)}\n`,
    );
    return judgeRefusals([verdict], uses, refusals).map((v) => `${v.verdict} ${v.evidence ?? ''}`);
  };

  it('is not live, although the dump shows it', () => {
    expect(refused(after, resource.split('/').at(-1) ?? '')).toEqual([
      expect.stringMatching(/^wrong-config Envoy refused it, .*: Unable to create Wasm plugin /),
    ]);
  });

  it('says nothing of others, and of what came after it', () => {
    expect(refused(after, 'foo.other')).toEqual(['live ']);
    expect(refused(new Date(since - 6).toISOString(), resource.split('/').at(-1) ?? '')).toEqual(['live ']);
  });
});

it.each(['', '[]x', '<html>'])('a dump that is %j is no dump', (body) => {
  expect(() => readListeners(body)).toThrow(SyntaxError);
});
