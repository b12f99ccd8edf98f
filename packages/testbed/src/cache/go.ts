import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../paths.ts';
import { run } from '../process/run.ts';
import { which } from '../process/which.ts';
import { versions } from '../versions.ts';
import type { BuildContext, Recipe } from './store.ts';

/** The Go modules in `go/`, each with the packages that are built from it. */
const modules = {
  kubernetes: [
    'k8s.io/kubernetes/cmd/kube-apiserver',
    'k8s.io/kubernetes/cmd/kube-controller-manager',
    'k8s.io/kubernetes/cmd/kube-scheduler',
    'k8s.io/kubernetes/cmd/kubelet',
  ],
  etcd: ['go.etcd.io/etcd/server/v3'],
  containerd: [
    'github.com/containerd/containerd/v2/cmd/containerd',
    'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
    'github.com/containerd/containerd/v2/cmd/ctr',
  ],
  istio: [
    'istio.io/istio/pilot/cmd/pilot-discovery',
    'istio.io/istio/pilot/cmd/pilot-agent',
    'istio.io/istio/istioctl/cmd/istioctl',
  ],
} as const;

/** A Go module that the testbed builds. */
export type GoModule = keyof typeof modules;

// The API server tells its version to clients, and kubelets refuse one that says nothing.
const kubernetesVersion = [
  `-X k8s.io/component-base/version.gitVersion=${versions.kubernetes}`,
  `-X k8s.io/component-base/version.gitMajor=${versions.kubernetes.split('.')[0]?.slice(1)}`,
  `-X k8s.io/component-base/version.gitMinor=${versions.kubernetes.split('.')[1]}`,
].join(' ');

/** The programs of a Go module, built by the checksums in `go/<module>/go.sum`. */
export async function goRecipe(module: GoModule): Promise<Recipe> {
  const folder = packagePath('go', module);
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(folder, file)));
  return {
    component: module,
    version: versions[module],
    fingerprint: hash.digest('hex').slice(0, 8),
    async build(into, context) {
      const flags = module === 'kubernetes' ? `-s -w ${kubernetesVersion}` : '-s -w';
      await goBuild(folder, `${into}/`, flags, modules[module], context);
      if (module === 'etcd') await rename(join(into, 'server'), join(into, 'etcd'));
      if (module === 'istio') await istioFiles(folder, into, context);
    },
  };
}

/** One static program from a folder with a go.mod. */
export async function goBuild(
  folder: string,
  output: string,
  linkerFlags: string,
  packages: readonly string[],
  context: BuildContext,
): Promise<void> {
  const args = ['build', '-trimpath', '-ldflags', linkerFlags, '-o', output, ...packages];
  const env = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOOS: 'linux' };
  await run(await goProgram(), args, { cwd: folder, env, signal: context.signal });
}

async function goProgram(): Promise<string> {
  return (await which('go')) ?? 'go';
}

// What a mesh needs from Istio beside programs: the objects of its control plane and the template of a sidecar's bootstrap.
async function istioFiles(folder: string, into: string, context: BuildContext): Promise<void> {
  const { signal } = context;
  const list = ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'];
  const source = (await run(await goProgram(), list, { cwd: folder, signal })).trim();
  await copyFile(
    join(source, 'tools/packaging/common/envoy_bootstrap.json'),
    join(into, 'envoy_bootstrap.json'),
  );
  const home = join(into, 'home');
  await mkdir(home);
  const manifest = await run(join(into, 'istioctl'), ['manifest', 'generate', '--set', 'profile=minimal'], {
    env: { HOME: home, KUBECONFIG: join(home, 'none') },
    signal,
  });
  await writeFile(join(into, 'manifest.yaml'), manifest);
  await rm(home, { recursive: true });
  // 100 MB that nothing needs once the objects are rendered.
  await rm(join(into, 'istioctl'));
}
