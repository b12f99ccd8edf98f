export { buildFilter } from './build/build-filter.ts';
export { CompilerProcess } from './build/compiler-process.ts';
export { stampOf } from './build/source-reader.ts';
export type {
  BuildInput,
  BuildMode,
  BuildProgress,
  BuildResult,
  BuildStats,
  FilterProject,
  GuestRuntime,
} from './build/filter-project.ts';
export { checkModule, type CheckOptions, type ModuleCheck } from './check/check-module.ts';
export { envoyVersions, type EnvoyVersion } from './check/envoy-version.ts';
export { abiVersions, type AbiVersion } from './check/host-functions.ts';
export type { ExportFact, ImportFact, ModuleFacts, SdkFact } from './check/module-facts.ts';
export { largestConfigMap, largestImage } from './check/check-size.ts';
export {
  customSection,
  readFunctionNames,
  readPrecompiled,
  readProducers,
  readSourceMapUrl,
  type Producer,
} from './module/custom-sections.ts';
export { buildNoteSection, decodeBuildNote, type BuildNote } from './module/build-note.ts';
export { largestModule, readModule } from './module/read-module.ts';
export type {
  DefinedType,
  Export,
  ExternType,
  Feature,
  FunctionType,
  Import,
  Limits,
  ReadResult,
  Stretch,
  ValueType,
  WasmModule,
} from './module/wasm-module.ts';
