import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SourceMapConsumer, type RawSourceMap } from 'source-map-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebAssembly, type EngineModule } from '../module/engine.ts';
import type { BuildMode, BuildResult, FilterProject } from './filter-project.ts';
import { checkModule } from '../check/check-module.ts';
import { buildFilter } from './build-filter.ts';

// A compilation takes a second or two, and several times that while other tests compile too.
vi.setConfig({ testTimeout: 120_000 });

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder with these files; a value `-> path` makes a link. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'wasmcast-build-'));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await (text.startsWith('-> ') ? symlink(join(root, text.slice(3)), path) : writeFile(path, text));
  }
  return root;
}

async function built(
  root: string,
  mode: BuildMode = 'release',
  more: Partial<FilterProject> = {},
): Promise<Extract<BuildResult, { kind: 'built' }>> {
  const result = await buildFilter({ root, mode, ...more });
  if (result.kind === 'failed') throw new Error(JSON.stringify(result.diagnostics));
  return result;
}

const sections = (wasm: Uint8Array, name: string): string[] =>
  WebAssembly.Module.customSections(moduleOf(wasm), name).map((bytes) => new TextDecoder().decode(bytes));
const moduleOf = (wasm: Uint8Array): EngineModule => new WebAssembly.Module(wasm);

const filter = `
export function proxy_abi_version_0_2_1(): void {}
const started = "started ".repeat(2);
export function malloc(size: usize): usize { return __new(size, 1); }
export function proxy_on_vm_start(context: i32, size: i32): bool {
  if (size > 4096) throw new Error("too large");
  return size < started.length;
}
`;

describe('buildFilter', () => {
  it('makes a module that starts by _initialize and imports nothing that no host has', async () => {
    const { wasm, stats, diagnostics } = await built(await folderWith({ 'assembly/index.ts': filter }));
    const module = moduleOf(wasm);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WebAssembly.Module.exports(module).map((e) => e.name)).toEqual(
      expect.arrayContaining(['_initialize', 'memory', 'malloc', 'proxy_abi_version_0_2_1']),
    );
    expect(sections(wasm, 'name')).toEqual([]);
    expect(sections(wasm, 'sourceMappingURL')).toEqual([]);
    expect(diagnostics).toEqual([]);
    expect(stats).toMatchObject({ files: 1, size: wasm.length });

    const { exports } = new WebAssembly.Instance(module);
    exports['_initialize']!();
    expect(exports['proxy_on_vm_start']!(1, 15)).toBe(1);
    expect(exports['proxy_on_vm_start']!(1, 16)).toBe(0);
    expect(() => exports['proxy_on_vm_start']!(1, 5000)).toThrow(WebAssembly.RuntimeError);
  });

  it('says in the module which compiler and SDK made it, and gives the same bytes wherever the project lies', async () => {
    const files = {
      'assembly/index.ts': `import "@wasmcast/sdk/assembly";${filter}`,
      'node_modules/@wasmcast/sdk/package.json': '{"version":"7.8.9"}',
      'node_modules/@wasmcast/sdk/assembly/index.ts': 'export const x = 1;',
    };
    const one = await built(await folderWith(files));
    const two = await built(await folderWith(files));
    expect(Buffer.from(one.wasm).equals(Buffer.from(two.wasm))).toBe(true);
    expect(JSON.parse(sections(one.wasm, 'wasmcast')[0]!)).toMatchObject({
      compiler: { name: 'assemblyscript' },
      sdk: { name: '@wasmcast/sdk', version: '7.8.9' },
      mode: 'release',
    });
  });

  it('keeps names and maps code to lines of the source in debug', async () => {
    const { wasm, sourceMap } = await built(await folderWith({ 'assembly/index.ts': filter }), 'debug');
    expect(sections(wasm, 'name')[0]).toContain('assembly/index/proxy_on_vm_start');
    expect(sections(wasm, 'sourceMappingURL')[0]).toContain('filter.wasm.map');
    const consumer = new SourceMapConsumer(JSON.parse(sourceMap!) as RawSourceMap);
    const lines = new Set<number>();
    consumer.eachMapping((m) => {
      if (m.source === 'assembly/index.ts' && m.originalLine !== null) lines.add(m.originalLine);
    });
    expect([...lines]).toEqual(expect.arrayContaining([4, 6, 7]));
    expect(consumer.sourceContentFor('assembly/index.ts')).toBe(filter);
  });

  it('uses the abort of the SDK when the filter imports the SDK', async () => {
    const root = await folderWith({
      'assembly/index.ts': `import "@wasmcast/sdk/assembly";${filter}`,
      'node_modules/@wasmcast/sdk/package.json': '{"version":"1.0.0"}',
      'node_modules/@wasmcast/sdk/assembly/index.ts': 'export { abort } from "./abort";',
      'node_modules/@wasmcast/sdk/assembly/abort.ts': `
        @external("env", "proxy_log") declare function proxy_log(level: i32, data: usize, size: usize): i32;
        export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
          const text = String.UTF8.encode(file! + ":" + line.toString() + ": " + message!);
          proxy_log(5, changetype<usize>(text), text.byteLength);
          unreachable();
        }`,
    });
    const logged: string[] = [];
    const { exports } = new WebAssembly.Instance(moduleOf((await built(root)).wasm), {
      env: {
        proxy_log(_level = 0, data = 0, size = 0): number {
          logged.push(new TextDecoder().decode(new Uint8Array(exports['memory']!.buffer, data, size)));
          return 0;
        },
      },
    });
    exports['_initialize']!();
    expect(() => exports['proxy_on_vm_start']!(1, 5000)).toThrow(WebAssembly.RuntimeError);
    expect(logged).toEqual(['assembly/index.ts:6: too large']);
  });

  it('compiles with the SDK that is installed beside wasmcast when the project has none of its own', async () => {
    const root = await folderWith({
      'assembly/index.ts': `
        import { HeadersAction, HttpFilter, Plugin, registerPlugin } from "@wasmcast/sdk/assembly";
        class Hello extends HttpFilter {
          onRequestHeaders(end: bool): HeadersAction { this.request.headers.set("x-hello", "you"); return HeadersAction.Continue; }
        }
        class Root extends Plugin { createFilter(): HttpFilter { return new Hello(); } }
        registerPlugin(() => new Root());`,
    });
    const { wasm } = await built(root);
    const { facts, diagnostics } = checkModule(wasm, { delivery: 'configmap' });
    expect(diagnostics).toEqual([]);
    expect(facts).toMatchObject({
      abi: '0.2.1',
      kinds: ['http'],
      sdk: { name: '@wasmcast/sdk' },
      mode: 'release',
    });
    const names = facts?.exports.map((e) => e.name);
    expect(names).toContain('proxy_on_request_headers');
    expect(names).not.toContain('proxy_on_response_headers');
    expect(facts?.imports.every((i) => i.module === 'env' && i.name.startsWith('proxy_'))).toBe(true);
  });

  it('tells the stages, and stops the compiler when aborted', async () => {
    const root = await folderWith({ 'assembly/index.ts': filter });
    const stages: string[] = [];
    await built(root, 'debug', { onProgress: (p) => void stages.push(p.stage) });
    expect(stages).toEqual(['parse', 'compile', 'optimize']);

    const abort = new AbortController();
    const reason = new Error('enough');
    const running = buildFilter(
      { root, mode: 'release', onProgress: () => abort.abort(reason) },
      abort.signal,
    );
    await expect(running).rejects.toBe(reason);
    await expect(buildFilter({ root, mode: 'release' }, abort.signal)).rejects.toBe(reason);
  });
});

describe('faults in the sources', () => {
  const failed = async (root: string): Promise<Extract<BuildResult, { kind: 'failed' }>> => {
    const result = await buildFilter({ root, mode: 'release' });
    if (result.kind === 'built') throw new Error('built');
    return result;
  };

  it('are all reported, each at its place in the file of the user', async () => {
    const root = await folderWith({
      'assembly/index.ts':
        'import { helper } from "./helper";\r\nexport function a(): i32 {\r\n  return helper() + nothing;\r\n}\r\n',
      'assembly/helper.ts': 'export function helper(): i32 {\n  return "text";\n}\n',
    });
    const { diagnostics } = await failed(root);
    expect(diagnostics.map((d) => [d.code, d.summary, d.source])).toEqual(
      expect.arrayContaining([
        [
          'WC-BLD-001',
          "Cannot find name 'nothing'",
          {
            file: join(root, 'assembly/index.ts'),
            line: 3,
            column: 21,
            length: 7,
            lineText: '  return helper() + nothing;',
          },
        ],
        [
          'WC-BLD-001',
          "Type 'string' is not assignable to type 'i32'",
          {
            file: join(root, 'assembly/helper.ts'),
            line: 2,
            column: 10,
            length: 6,
            lineText: '  return "text";',
          },
        ],
      ]),
    );
  });

  it('name the import of a file and of a package that are not there', async () => {
    const root = await folderWith({
      'assembly/index.ts': 'import "./gone";\nimport "@nobody/has-this/assembly";\n',
    });
    const { diagnostics } = await failed(root);
    expect(diagnostics.map((d) => [d.source?.line, d.help])).toEqual([
      [1, expect.stringContaining('relative')],
      [2, expect.stringContaining('npm install @nobody/has-this')],
    ]);
  });

  it('include syntax errors', async () => {
    const { diagnostics } = await failed(await folderWith({ 'assembly/index.ts': 'export function {\n' }));
    expect(diagnostics[0]).toMatchObject({ code: 'WC-BLD-001', source: { line: 1, column: 16 } });
  });

  it('include a folder or an entry file that is not there', async () => {
    const root = await folderWith({ 'package.json': '{}' });
    expect((await failed(root)).diagnostics[0]).toMatchObject({
      code: 'WC-BLD-004',
      summary: `there is no file ${join(root, 'assembly/index.ts')}`,
    });
    expect((await failed(join(root, 'none'))).diagnostics[0]?.summary).toContain('there is no folder');
  });
});
