import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** Which package may import which (ARCHITECTURE.md, "The house"). */
const may: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ['core'],
  wasm: ['core'],
  host: ['core'],
  oci: ['core'],
  sdk: [],
  local: ['core', 'host'],
  istio: ['core'],
  testbed: ['core'],
  cli: ['core', 'engine', 'host', 'istio', 'local', 'oci', 'sdk', 'wasm'],
};

const root = path.resolve(import.meta.dirname, '..');
const isTest = (file: string): boolean => /(\.test\.ts$)|(\/(test|testing|fixtures)\/)/.test(file);
const sources = (name: string): string[] =>
  globSync(`packages/${name}/{src,bin}/**/*.{ts,js}`, { cwd: root }).filter((file) => !isTest(`/${file}`));
const importsOf = (file: string): string[] => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const statements = /^(?:import|export)\b[^;'"]*\bfrom '([\w@/.:-]+)'|\bimport\('([\w@/.:-]+)'\)/gm;
  return [...text.matchAll(statements)].map((m) => m[1] ?? m[2] ?? '').filter((id) => !id.startsWith('.'));
};

test('every package of the house has a rule, and every rule a package', () => {
  const packages = globSync('packages/*/package.json', { cwd: root }).map((file) =>
    path.basename(path.dirname(file)),
  );
  expect(packages.toSorted()).toEqual(Object.keys(may).toSorted());
});

describe.each(Object.keys(may))('%s', (name) => {
  test('imports only what it may', () => {
    const allowed = (may[name] ?? []).map((other) => `@wasmcast/${other}`);
    const forbidden = sources(name).flatMap((file) =>
      importsOf(file)
        .filter((id) => id.startsWith('@wasmcast/') || id === 'wasmcast')
        .filter((id) => !allowed.includes(id.split('/').slice(0, 2).join('/')))
        .map((id) => `${file} imports ${id}`),
    );
    expect(forbidden).toEqual([]);
  });

  test('declares what it imports', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, `packages/${name}/package.json`), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    const declared = new Set(Object.keys(manifest.dependencies ?? {}));
    const undeclared = sources(name).flatMap((file) =>
      importsOf(file)
        .filter((id) => !id.startsWith('node:'))
        .map((id) => (id.startsWith('@') ? id.split('/').slice(0, 2).join('/') : (id.split('/')[0] ?? '')))
        .filter((id) => !declared.has(id) && id !== 'vitest' && id !== manifestName(name))
        .map((id) => `${file} imports ${id}`),
    );
    expect(undeclared).toEqual([]);
  });

  test('has no file beyond 500 lines', () => {
    const long = globSync(`packages/${name}/{src,test,bin,assembly}/**/*.ts`, { cwd: root })
      .map((file) => [file, readFileSync(path.join(root, file), 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > 500);
    expect(long).toEqual([]);
  });
});

test('core knows no machine: nothing of node:, no clock, no chance', () => {
  const machine = /from 'node:|\bDate\.now\(|new Date\(\)|Math\.random\(|\bprocess\./;
  const guilty = sources('core').filter((file) => machine.test(readFileSync(path.join(root, file), 'utf8')));
  expect(guilty).toEqual([]);
});

test('every place that ARCHITECTURE.md names is there', () => {
  const text = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/`([a-z]+\/(?:src|assembly)[\w/.-]*)`/g)].map(
    (m) => `packages/${m[1] ?? ''}`,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

function manifestName(name: string): string {
  return name === 'cli' ? 'wasmcast' : `@wasmcast/${name}`;
}
