import { chmod, copyFile, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { packagePath } from '../paths.ts';
import { unmountBelow } from '../process/mounts.ts';
import { run } from '../process/run.ts';
import { versions } from '../versions.ts';
import { envoyRecipe } from './envoy.ts';
import { goBuild, goRecipe } from './go.ts';
import { packLayer } from './layer.ts';
import { ensureArtefact } from './store.ts';
import type { Recipe } from './store.ts';

/** The one layer of the image that holds a pod's namespaces: `/pause`. */
export const pauseLayer: Recipe = {
  component: 'pause-layer',
  version: versions.pauseImage,
  async build(into, context) {
    const tree = join(into, 'tree');
    await mkdir(tree);
    await goBuild(packagePath('fixtures', 'pause'), join(tree, 'pause'), '-s -w', ['.'], context);
    await packLayer(tree, into, context.signal);
    await rm(tree, { recursive: true });
  },
};

/** The lower layer of the proxy's image: a small Debian with what istio-init needs. */
export const debianLayer: Recipe = {
  component: 'debian-layer',
  version: `${versions.debianSuite}-${versions.proxyImage}`,
  async build(into, { signal }) {
    const tree = join(into, 'tree');
    const wanted = ['--variant=minbase', '--include=iptables,iproute2,ca-certificates'];
    try {
      await run('debootstrap', [...wanted, versions.debianSuite, tree, await debianMirror()], { signal });
    } finally {
      // debootstrap mounts /proc inside for its second stage; interrupted, it leaves it there.
      await unmountBelow(tree);
    }
    const needless = [
      'var/cache/apt',
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/locale',
      'usr/share/man',
    ];
    for (const path of needless) await rm(join(tree, path), { recursive: true, force: true });
    await packLayer(tree, into, signal);
    await rm(tree, { recursive: true });
  },
};

/** The upper layer of the proxy's image: Envoy, Istio's agent and the template of the bootstrap. */
export async function proxyLayer(): Promise<Recipe> {
  const istio = await goRecipe('istio');
  return {
    component: 'proxy-layer',
    version: `${versions.envoy}-${istio.fingerprint}-${versions.proxyImage}`,
    async build(into, context) {
      const programs = await ensureArtefact(istio, context);
      const envoy = await ensureArtefact(envoyRecipe, context);
      const tree = join(into, 'tree');
      const bin = join(tree, 'usr/local/bin');
      const templates = join(tree, 'var/lib/istio/envoy');
      await mkdir(bin, { recursive: true });
      await mkdir(templates, { recursive: true });
      await copyFile(join(envoy, 'envoy'), join(bin, 'envoy'));
      await copyFile(join(programs, 'pilot-agent'), join(bin, 'pilot-agent'));
      for (const name of await readdir(bin)) await chmod(join(bin, name), 0o755);
      const template = join(templates, 'envoy_bootstrap_tmpl.json');
      await copyFile(join(programs, 'envoy_bootstrap.json'), template);
      await chmod(template, 0o644);
      await packLayer(tree, into, context.signal);
      await rm(tree, { recursive: true });
    },
  };
}

/** The archive that this machine's own apt uses. */
async function debianMirror(): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  const names: string[] = await readdir(folder).catch(() => []);
  names.sort((a, b) => (a < b ? -1 : 1));
  const files = [...names.map((name) => join(folder, name)), '/etc/apt/sources.list'];
  for (const file of files) {
    const mirror = mirrorIn(await readFile(file, 'utf8').catch(() => ''));
    if (mirror !== undefined) return mirror;
  }
  throw new WasmcastError('WC-BED-003', 'apt has no source from which a Debian could be made');
}

/** The first archive in a sources file of either format (deb822 or one line each) that is not the security one. */
export function mirrorIn(sources: string): string | undefined {
  const found = [...sources.matchAll(/^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)(https?:\/\/\S+)/gmu)];
  return found.map((match) => match[1]).find((uri) => uri !== undefined && !uri.includes('security'));
}
