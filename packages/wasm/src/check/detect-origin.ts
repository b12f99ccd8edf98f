import { buildNoteSection, decodeBuildNote } from '../module/build-note.ts';
import { customSection, readProducers, type Producer } from '../module/custom-sections.ts';
import type { WasmModule } from '../module/wasm-module.ts';
import type { ModuleFacts, SdkFact } from './module-facts.ts';

/** Traces of SDKs stand among the constants near the beginning; a module of Go has megabytes of others. */
const searched = 16 * 1024 * 1024;

/** Which SDK and compiler a module comes from; says nothing where the bytes say nothing. */
export function detectOrigin(module: WasmModule): Pick<ModuleFacts, 'sdk' | 'toolchain' | 'mode'> {
  const note = decodeBuildNote(customSection(module, buildNoteSection) ?? new Uint8Array());
  if (note !== undefined) {
    const { compiler, sdk, mode } = note;
    return { ...(sdk === undefined ? {} : { sdk }), toolchain: `${compiler.name} ${compiler.version}`, mode };
  }
  const text = constants(module);
  const producers = readProducers(module);
  const toolchain = compilerOf(producers) ?? compilerIn(text);
  const sdk = sdkIn(text, module, toolchain);
  return { ...(sdk === undefined ? {} : { sdk }), ...(toolchain === undefined ? {} : { toolchain }) };
}

/** The constants as text; AssemblyScript's are UTF-16, so zero bytes are left out. */
function constants(module: WasmModule): string {
  const parts: string[] = [];
  let left = searched;
  for (const { offset, size } of module.dataSegments) {
    if (left <= 0) break;
    const part = module.bytes.subarray(offset, offset + Math.min(size, left));
    left -= part.length;
    parts.push(Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1'));
  }
  return parts.join('\n').replaceAll('\0', '');
}

function compilerOf(producers: readonly Producer[]): string | undefined {
  // In this order: TinyGo and rustc name clang or LLVM beside themselves.
  for (const wanted of [/^tinygo/i, /^rustc/i, /^go( |$)|^go cmd/i, /^emscripten/i, /clang/i]) {
    const found = producers.find((p) => wanted.test(p.name));
    if (found !== undefined) return `${found.name} ${found.version.split(' (')[0] ?? ''}`.trim().slice(0, 80);
  }
  return undefined;
}

function compilerIn(text: string): string | undefined {
  const go = /\bgo(1\.\d{1,3}(?:\.\d{1,3})?)\b/.exec(text)?.[1];
  if (text.includes('Go buildinf:') || text.includes('runtime.goexit'))
    return go === undefined ? 'Go' : `Go ${go}`;
  if (text.includes('~lib/rt/')) return 'assemblyscript';
  return undefined;
}

function sdkIn(text: string, module: WasmModule, toolchain: string | undefined): SdkFact | undefined {
  // A path of cargo's: …/registry/src/index.crates.io-…/proxy-wasm-0.2.5/src/hostcalls.rs
  const crate = /[/\\]proxy-wasm-(\d{1,4}\.\d{1,4}\.\d{1,4}[\w.+-]{0,32})[/\\]src[/\\]/.exec(text);
  if (crate !== null) return { name: 'proxy-wasm-rust-sdk', ...versioned(crate[1]) };
  const go =
    /github\.com\/([\w-]{1,40}\/(?:proxy-wasm-go-sdk|wasm-go))(?:[\w/.-]{0,80}?[\t@](v\d[\w.+-]{0,60}))?/.exec(
      text,
    );
  if (go?.[1] !== undefined) {
    const version = new RegExp(`${go[1].replaceAll(/[.]/g, '\\.')}[\\t@](v\\d[\\w.+-]{0,60})`).exec(
      text,
    )?.[1];
    return { name: `github.com/${go[1]}`, ...versioned(version) };
  }
  const script = /~lib\/(@[\w.-]{1,60}\/[\w.-]{1,60})\//.exec(text)?.[1];
  if (script !== undefined) return { name: script };
  const emscripten = module.imports.some((i) => i.name === 'emscripten_notify_memory_growth');
  if (emscripten || /11RootContext|proxy_wasm_(intrinsics|common)/.test(text))
    return { name: 'proxy-wasm-cpp-sdk' };
  const rust = toolchain?.startsWith('rustc') === true && text.includes('proxy-wasm');
  return rust ? { name: 'proxy-wasm-rust-sdk' } : undefined;
}

function versioned(version: string | undefined): { version?: string } {
  return version === undefined ? {} : { version };
}
