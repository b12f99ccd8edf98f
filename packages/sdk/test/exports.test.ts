import { beforeAll, describe, expect, test } from 'vitest';
import { checkModule } from '@wasmcast/wasm';
import { built, compileFilter } from './support/build.ts';
import { wasmApi } from './support/web-assembly.ts';

const always = [
  '_initialize',
  'memory',
  'proxy_abi_version_0_2_1',
  'proxy_on_configure',
  'proxy_on_context_create',
  'proxy_on_delete',
  'proxy_on_memory_allocate',
];

/** A filter with the given members of its two classes. */
function source(filter: string, plugin = ''): string {
  return `import { BodyAction, HeadersAction, HttpFilter, Plugin, TrailersAction, registerPlugin } from '@wasmcast/sdk/assembly';
class MyPlugin extends Plugin {
  createFilter(): HttpFilter { return new MyFilter(); }
  ${plugin}
}
class MyFilter extends HttpFilter {
  ${filter}
}
registerPlugin(() => new MyPlugin());
`;
}

const addOneHeader = source(`onResponseHeaders(endOfStream: bool): HeadersAction {
  this.response.headers.add('x-greeting', 'hello');
  return HeadersAction.Continue;
}`);

async function shape(text: string): Promise<{ exports: string[]; imports: string[] }> {
  const module = await wasmApi.compile(await built(text));
  return {
    exports: wasmApi.Module.exports(module)
      .map((one) => one.name)
      .toSorted(),
    imports: wasmApi.Module.imports(module)
      .map((one) => `${one.module}.${one.name}`)
      .toSorted(),
  };
}

describe('a module exports the callbacks that its filter overrides', () => {
  const signatures: Record<string, string> = {
    onRequestHeaders: '(endOfStream: bool): HeadersAction { return HeadersAction.Continue; }',
    onRequestBody: '(size: i32, endOfStream: bool): BodyAction { return BodyAction.Continue; }',
    onRequestTrailers: '(): TrailersAction { return TrailersAction.Continue; }',
    onResponseTrailers: '(): TrailersAction { return TrailersAction.Continue; }',
    onLog: '(): void {}',
  };
  test.each([
    [
      ['onRequestHeaders', 'onLog'],
      ['proxy_on_log', 'proxy_on_request_headers'],
    ],
    [
      ['onRequestBody', 'onRequestTrailers', 'onResponseTrailers'],
      ['proxy_on_request_body', 'proxy_on_request_trailers', 'proxy_on_response_trailers'],
    ],
    [[], []],
  ])('%j', async (methods, names) => {
    const { exports, imports } = await shape(source(methods.map((m) => m + signatures[m]).join('\n')));
    expect(exports).toEqual([...always, ...names].toSorted());
    expect(imports).toEqual([]);
  });

  test('also by a class between, and by the plugin', async () => {
    const text = `${addOneHeader}
class Base extends HttpFilter { onLog(): void {} }
class Derived extends Base {}
class Other extends MyPlugin {
  createFilter(): HttpFilter { return new Derived(); }
  onTick(): void {}
  onDone(): bool { return true; }
  onVmStart(): bool { return true; }
}`;
    const { exports } = await shape(text);
    expect(exports).toEqual(
      [
        ...always,
        'proxy_on_done',
        'proxy_on_log',
        'proxy_on_response_headers',
        'proxy_on_tick',
        'proxy_on_vm_start',
      ].toSorted(),
    );
  });
});

describe('the filter that adds one header', () => {
  let wasm: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    wasm = await built(addOneHeader);
  }, 60_000);

  test('passes the check for every Envoy, and so has no start section and no import that a host lacks', () => {
    expect(checkModule(wasm).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  });

  test('imports only what it calls', async () => {
    const imports = wasmApi.Module.imports(await wasmApi.compile(wasm));
    expect(imports.map((one) => one.name).toSorted()).toEqual(['proxy_add_header_map_value']);
  });

  test.each([
    ['sdk', 2500],
    ['incremental', 6300],
  ] as const)('with the runtime %s it has at most %i bytes', async (runtime, limit) => {
    const module = await built(addOneHeader, { runtime });
    expect(module.length).toBeLessThanOrEqual(limit);
  });
});

describe('a module that shall declare ABI 0.2.0', () => {
  test('exports that marker and no other', async () => {
    const module = await wasmApi.compile(await built(addOneHeader, { abi: '0.2.0' }));
    const names = wasmApi.Module.exports(module).map((one) => one.name);
    expect(names.filter((name) => name.startsWith('proxy_abi'))).toEqual(['proxy_abi_version_0_2_0']);
  });

  test('is refused what came later', async () => {
    const text = source('onLog(): void { if (log.enabled(LogLevel.Debug)) log.debug("costly"); }\n').replace(
      'BodyAction,',
      'BodyAction, LogLevel, log,',
    );
    expect((await compileFilter(text)).diagnostics).toEqual([]);
    const { wasm, diagnostics } = await compileFilter(text, { abi: '0.2.0' });
    expect(wasm).toBeUndefined();
    expect(diagnostics.map((d) => d.summary).join()).toContain('log.enabled needs ABI 0.2.1');
  });
});

describe('who pauses in the headers for the body', () => {
  const body =
    'onRequestBody(size: i32, end: bool): BodyAction { this.resumeRequest(); return BodyAction.Continue; }';
  const pausing = (does: string): string =>
    source(`onRequestHeaders(end: bool): HeadersAction {\n    ${does}\n  }\n  ${body}`);

  test('is told of the option of the proxy that this needs, and where', async () => {
    const { wasm, diagnostics } = await compileFilter(
      pausing('/* HeadersAction.Pause */ return end ? HeadersAction.Continue : HeadersAction.Pause;'),
    );
    expect(wasm).toBeDefined();
    expect(diagnostics).toMatchObject([{ severity: 'warning', source: { line: 8, column: 69 } }]);
    expect(diagnostics[0]?.summary).toContain('allow_on_headers_stop_iteration: true');
  });

  test.each([
    'return HeadersAction.Continue; // not HeadersAction.Pause',
    'new LocalResponse(403).send(); return HeadersAction.Pause;',
  ])('and who does not is not: %s', async (does) => {
    const text = pausing(does).replace('BodyAction,', 'BodyAction, LocalResponse,');
    expect((await compileFilter(text)).diagnostics).toEqual([]);
  });
});

describe('faults are said in the words of the SDK', () => {
  test('nothing registered', async () => {
    const { wasm, diagnostics } = await compileFilter(addOneHeader.replace(/registerPlugin\(.*\n/, ''));
    expect(wasm).toBeUndefined();
    expect(diagnostics.map((d) => d.summary).join('\n')).toContain('no plugin is registered');
  });

  test('a misspelt callback', async () => {
    const { diagnostics } = await compileFilter(source('onResponseHeader(endOfStream: bool): void {}'));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      severity: 'warning',
      source: { line: 7, column: 3 },
    });
    expect(diagnostics[0]?.summary).toContain('did you mean onResponseHeaders?');
  });

  test('a callback of another signature', async () => {
    const { wasm, diagnostics } = await compileFilter(
      source('', 'onConfigure(config: string): bool { return true; }'),
    );
    expect(wasm).toBeUndefined();
    expect(diagnostics.map((d) => d.summary).join('\n')).toContain(
      'MyPlugin must declare onConfigure(): bool',
    );
  });

  test('a callback that answers something else: true would be Pause', async () => {
    const { wasm, diagnostics } = await compileFilter(
      source(
        'onResponseHeaders(endOfStream: bool): bool { return true; }',
        'onConfigure(): boolean { return true; }',
      ),
    );
    expect(wasm).toBeUndefined();
    expect(diagnostics.map((d) => d.summary)).toEqual([
      'MyFilter must declare onResponseHeaders(endOfStream: bool): HeadersAction',
    ]);
  });

  test('what only a browser has', async () => {
    const { wasm, diagnostics } = await compileFilter(
      source('onLog(): void { console.log(Date.now().toString() + Math.random().toString()); }'),
    );
    expect(wasm).toBeUndefined();
    const said = diagnostics.map(
      ({ summary, source: at }) => `${at?.lineText?.slice(at.column - 1)} ${summary}`,
    );
    expect(said).toEqual([
      expect.stringMatching(/^console\.log\(.* use log\.info/),
      expect.stringMatching(/^Date\.now\(.* use nowMilliseconds\(\)/),
      expect.stringMatching(/^Math\.random\(.* nowNanoseconds\(\)/),
    ]);
  });
});
