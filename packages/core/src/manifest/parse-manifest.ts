import type { Diagnostic, SourceSpan } from '../diagnostic.ts';
import type { Fleet } from '../model/fleet.ts';
import { allChecks } from './checks/all.ts';
import { manifestCodes } from './codes.ts';
import { toDiagnostics, type Finding } from './finding.ts';
import { merge } from './merge.ts';
import { toFleet } from './to-fleet.ts';
import { nearestAt, spanOf, at, type Located } from './yaml/located.ts';
import { readDocuments } from './yaml/read-documents.ts';
import { createSourceText } from './yaml/source-text.ts';

/** One file of a manifest. `file` is the name that diagnostics and `declaredIn` carry. */
export interface ManifestSource {
  readonly file: string;
  readonly text: string;
}

/** What reading a manifest gives. */
export interface ParsedManifest {
  /** Present only if no diagnostic is an error. */
  readonly fleet?: Fleet;
  /** Everything that is wrong or deserves a remark, in the order of the sources. */
  readonly diagnostics: Diagnostic[];
  /**
   * Where a part of the fleet stands, e.g. `['filters', 2, 'module', 'file']`: indices are those of the merged lists, keys
   * those of the manifest. For a part that is left to its default: the innermost part around it that is written down.
   * Undefined when even the first key is not there.
   */
  readonly locate: (path: readonly (string | number)[]) => SourceSpan | undefined;
}

/**
 * Reads a manifest of any number of files and documents, which must all be of one fleet. Pure: opens no file, never
 * throws. Every fault is reported, not the first one only.
 */
export function parseManifest(sources: readonly ManifestSource[]): ParsedManifest {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const documents: Located[] = [];
  let complete = true;
  const texts = sources.map(({ file, text }, order) =>
    createSourceText(file, order, text.replace(/^\uFEFF/, '')),
  );
  for (const text of texts) {
    const read = readDocuments(text, report);
    documents.push(...read.documents);
    complete &&= read.complete;
  }
  const merged = merge(documents, report);
  if (merged !== undefined) {
    for (const check of allChecks)
      check({ root: merged.root, complete: complete && merged.complete }, report);
  } else if (findings.length === 0) {
    const [first] = texts;
    report({
      severity: 'error',
      code: manifestCodes.noFleet,
      summary: 'there is no document of kind Fleet',
      help: '`wasmcast init --fleet NAME` writes a first one',
      ...(first === undefined ? {} : { where: { source: first, range: [0, 0] as const } }),
    });
  }
  const sound = merged !== undefined && !findings.some((finding) => finding.severity === 'error');
  return {
    ...(sound ? { fleet: toFleet(merged.root) } : {}),
    diagnostics: toDiagnostics(findings),
    locate: (path) => {
      const [first] = path;
      if (merged === undefined || first === undefined || at(merged.root, first) === undefined)
        return undefined;
      return spanOf(nearestAt(merged.root, path));
    },
  };
}
