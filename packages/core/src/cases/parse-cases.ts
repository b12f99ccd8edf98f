import type { Diagnostic, SourceSpan } from '../diagnostic.ts';
import { toDiagnostics, type Finding } from '../manifest/finding.ts';
import type { ManifestSource } from '../manifest/parse-manifest.ts';
import { checkShape } from '../manifest/schema/check-shape.ts';
import { at, spanOf } from '../manifest/yaml/located.ts';
import { readDocuments } from '../manifest/yaml/read-documents.ts';
import { createSourceText } from '../manifest/yaml/source-text.ts';
import { casesSchema, casesShape, type Cases } from './case-schema.ts';

/** What reading a file of declared tests gives. */
export interface ParsedCases {
  /** Present only if no diagnostic is an error. */
  readonly cases?: Cases;
  readonly diagnostics: readonly Diagnostic[];
  /** Where a case stands, by its place in `cases`. */
  readonly locate: (index: number) => SourceSpan | undefined;
}

/** Reads one YAML document of declared tests. Pure, never throws; every fault is reported with its place. */
export function parseCases({ file, text }: ManifestSource): ParsedCases {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const source = createSourceText(file, 0, text.replace(/^\uFEFF/, ''));
  const { documents } = readDocuments(source, report);
  const [document, second] = documents;
  const fault = (summary: string, help: string, range: readonly [number, number]): void =>
    report({ severity: 'error', code: 'WC-MAN-011', summary, help, where: { source, range } });
  if (document !== undefined) checkShape(document, casesShape, report);
  else if (findings.length === 0) fault('the file is empty', 'write `cases:` and a list of tests', [0, 0]);
  if (second !== undefined)
    fault('a file of tests has one document', 'put the cases into one list', second.range);
  const diagnostics = toDiagnostics(findings);
  const sound = document !== undefined && !diagnostics.some(({ severity }) => severity === 'error');
  const parsed = sound ? casesSchema.safeParse(document.value) : undefined;
  return {
    ...(parsed?.success === true && { cases: parsed.data }),
    diagnostics,
    locate: (index) => {
      const node = at(document, 'cases', index, 'name') ?? at(document, 'cases', index);
      return node === undefined ? undefined : spanOf(node);
    },
  };
}
