import { parseManifest, type ParsedManifest } from '../parse-manifest.ts';

/** A place in a text: line and column from 1, and how many columns. */
interface Mark {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Takes the marks `«…»` out of a text and says where they stood. */
export function unmark(marked: string): { readonly text: string; readonly marks: readonly Mark[] } {
  const marks: Mark[] = [];
  const lines = marked.split('\n').map((line, index) => {
    let rest = line;
    for (let from = rest.indexOf('«'); from >= 0; from = rest.indexOf('«')) {
      rest = rest.slice(0, from) + rest.slice(from + 1);
      const to = rest.indexOf('»');
      rest = rest.slice(0, to) + rest.slice(to + 1);
      marks.push({ line: index + 1, column: from + 1, length: Math.max(1, to - from) });
    }
    return rest;
  });
  return { text: lines.join('\n'), marks };
}

/** What reading a marked text gave, and what it should have given, in words that compare well. */
export interface Comparison {
  readonly parsed: ParsedManifest;
  readonly found: readonly string[];
  /** One fault of each code at each mark, in this order. */
  readonly wanted: readonly string[];
}

/** Reads a marked text that must have exactly the faults `WC-MAN-<code>` at exactly its marks. */
export function compareFaults(marked: string, codes: readonly string[]): Comparison {
  const { text, marks } = unmark(marked);
  if (marks.length !== codes.length) throw new TypeError(`${marks.length} marks for ${codes.length} codes`);
  const parsed = parseManifest([{ file: 'wasmcast.yaml', text }]);
  return {
    parsed,
    found: parsed.diagnostics.map(({ code, source }) =>
      source === undefined ? code : `${code} at ${source.line}:${source.column}+${source.length}`,
    ),
    wanted: marks.map(({ line, column, length }, i) => `WC-MAN-${codes[i]} at ${line}:${column}+${length}`),
  };
}

const defaults = {
  head: 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: {name: shop}',
  filters: '- {name: hello, module: {file: ./hello.wasm}}',
  targets: '- {name: prod, istio: {}}',
  bindings: '- {name: all, target: prod, select: {namespace: foo, name: web}, chain: [hello]}',
  rest: '',
};

/** A sound manifest in which single sections are replaced. */
export function manifest(sections: Partial<typeof defaults>): string {
  const { head, filters, targets, bindings, rest } = { ...defaults, ...sections };
  return [head, 'filters:', filters, 'targets:', targets, 'bindings:', bindings, rest].join('\n');
}
