import { formatDiagnostic, type JsonObject } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import type { Meta } from '../api/objects.ts';
import { compile } from '../compile/compile.ts';
import { kinds } from '../api/kinds.ts';
import type { Native } from '../native.ts';
import {
  after,
  filter,
  frontpage,
  imageFilter,
  native,
  objectsOf,
  settings,
  withObjects,
  workload,
} from '../testing/native.ts';
import { chain, change, modules, steps } from '../testing/plans.ts';
import { keeperOf } from './keeper.ts';

const writes = (manager: string, ...annotations: readonly string[]) => ({
  manager,
  fieldsV1: {
    'f:spec': {
      'f:template': {
        'f:metadata': { 'f:annotations': Object.fromEntries(annotations.map((name) => [`f:${name}`, {}])) },
      },
    },
  } as JsonObject,
});

describe('who keeps an object', () => {
  const release = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'foo' };
  it.each<[string, Partial<Meta>, string | undefined]>([
    ['nobody', { labels: { 'app.kubernetes.io/instance': 'x' } }, undefined],
    ['a person with kubectl', { managedFields: [{ manager: 'kubectl' }] }, undefined],
    [
      'Argo CD by annotation',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:foo/x' } },
      'Argo CD shop',
    ],
    ['Argo CD by its label', { labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'Argo CD shop'],
    [
      'Argo CD by the label that charts have too',
      { labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: [{ manager: 'argocd-controller' }] },
      'Argo CD shop',
    ],
    [
      'Flux',
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      'Flux flux-system/apps',
    ],
    [
      'Flux with a chart, though Helm has left its marks',
      {
        labels: { 'helm.toolkit.fluxcd.io/name': 'shop' },
        annotations: release,
        managedFields: [{ manager: 'helm' }],
      },
      'Flux (Helm) shop',
    ],
    ['Helm', { annotations: release, managedFields: [{ manager: 'helm' }] }, 'Helm shop'],
    [
      'a chart that Argo CD installs',
      { annotations: release, managedFields: [{ manager: 'argocd-controller' }] },
      'Argo CD undefined',
    ],
  ])('%s', (_, metadata, expected) => {
    const keeper = keeperOf({ name: 'x', ...metadata });
    expect(keeper && `${keeper.tool} ${keeper.name}`).toBe(expected);
  });
});

describe('a plan says who keeps what it writes', () => {
  /** Every kind of keeper on a workload that is about to mount modules. */
  const marks: Readonly<Record<string, Partial<Meta>>> = {
    argocd: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:foo/frontpage-v1' } },
    'argocd-has-the-annotation': {
      labels: { 'argocd.argoproj.io/instance': 'shop' },
      managedFields: [writes('argocd-controller', 'sidecar.istio.io/userVolume')],
    },
    flux: {
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'apps',
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
      },
    },
    'flux-helm': {
      labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'helm.toolkit.fluxcd.io/namespace': 'foo' },
    },
    helm: { annotations: { 'meta.helm.sh/release-name': 'shop' } },
  };

  it.each(Object.entries(marks))('%s', async (name, metadata) => {
    const { diagnostics } = compile(change([chain([filter('a')])]), kept(metadata), settings, modules);
    const text = diagnostics.map((d) => formatDiagnostic(d, { color: false })).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`../../testdata/golden/keepers/${name}.txt`);
  });

  it('nothing where nothing of theirs is written', () => {
    const seen = kept(marks['argocd'] ?? {});
    const codes = compile(change([chain([imageFilter('a')])]), seen, settings, modules).diagnostics.map(
      (d) => d.code,
    );
    expect(codes).toEqual([]);
    const mounted = after(seen, steps(seen, [chain([filter('a')])]));
    expect(compile(change([chain([filter('a')])]), mounted, settings, modules).diagnostics).toEqual([]);
  });

  it('objects of ours that a repository has are changed there', () => {
    const installed = after(native(), steps(native(), [chain([imageFilter('a')])]));
    const tracked = withObjects(
      installed,
      objectsOf(installed).map(({ kind, object }) => ({
        kind,
        object: {
          ...object,
          metadata: {
            ...object.metadata,
            labels: { ...object.metadata.labels, 'argocd.argoproj.io/instance': 'filters' },
          },
        },
      })),
    );
    const wanted = change([chain([imageFilter('a', { onFailure: 'open' })])]);
    const { diagnostics } = compile(wanted, tracked, settings, modules);
    expect(diagnostics).toMatchObject([
      {
        code: 'WC-IST-051',
        summary: expect.stringMatching(/^Argo CD \(application filters\) keeps WasmPlugin foo\//) as string,
      },
    ]);
    expect(objectsOf(tracked)[0]?.kind).toBe(kinds.WasmPlugin);
  });

  it('a namespace of theirs is a remark that asks for nothing', () => {
    const labels = { 'istio-injection': 'enabled', 'kustomize.toolkit.fluxcd.io/name': 'apps' };
    const seen = native([workload()], { namespaces: new Map([['foo', labels]]) });
    const { diagnostics } = compile(change([chain([imageFilter('a')])]), seen, settings, modules);
    expect(diagnostics).toMatchObject([{ severity: 'info', code: 'WC-IST-052' }]);
  });
});

function kept(metadata: Partial<Meta>): Native {
  const plain = workload();
  return native([
    {
      ...plain,
      id: frontpage,
      object: { ...plain.object, metadata: { ...plain.object.metadata, ...metadata } },
    },
  ]);
}
