import { SourceMap, type SourceMapPayload } from 'node:module';

/**
 * Reads a source map (https://tc39.es/ecma426) whose generated columns are offsets in a module; `undefined` when it is
 * none, which is no reason not to run a filter.
 */
export function readSourceMap(json: string): ((offset: number) => string | undefined) | undefined {
  let map: SourceMap;
  try {
    map = new SourceMap(JSON.parse(json) as SourceMapPayload);
  } catch {
    return undefined;
  }
  return (offset) => {
    const entry = map.findEntry(0, offset);
    return 'originalSource' in entry
      ? `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : undefined;
  };
}
