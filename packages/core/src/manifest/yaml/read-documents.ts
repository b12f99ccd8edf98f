import { parseAllDocuments, type Document, type YAMLError } from 'yaml';
import { manifestCodes } from '../codes.ts';
import type { Finding, Report } from '../finding.ts';
import { manifestLimits } from '../limits.ts';
import type { Located } from './located.ts';
import type { Range, SourceText } from './source-text.ts';
import { syntaxHelp } from './syntax-help.ts';
import { toLocated } from './to-located.ts';

/** The documents of one file that could be read. */
export interface ReadDocuments {
  /** Empty ones are left out. */
  readonly documents: readonly Located[];
  /** False if a part of the file could not be read: then nothing may be called missing. */
  readonly complete: boolean;
}

/** Reads all YAML documents of a file; one that does not parse does not stop the others. Never throws. */
export function readDocuments(source: SourceText, report: Report): ReadDocuments {
  if (exceeds(source.text, manifestLimits.fileBytes)) {
    report({
      severity: 'error',
      code: manifestCodes.limit,
      summary: `the file is larger than ${manifestLimits.fileBytes / 1024 / 1024} MiB`,
      help: 'is it a manifest? Split a large fleet into several files',
      where: { source, range: [0, 0] },
    });
    return { documents: [], complete: false };
  }
  const nul = source.text.indexOf('\0');
  if (nul >= 0) {
    report({
      severity: 'error',
      code: manifestCodes.syntax,
      summary: 'this is no YAML: it has a NUL byte',
      help: 'is it a manifest? Name the file of the fleet, and save it as UTF-8 text',
      where: { source, range: [nul, nul + 1] },
    });
    return { documents: [], complete: false };
  }
  const parsed = parseAllDocuments(source.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    // The library compares every key with every other: duplicates are found in linear time in toLocated.
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const all: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  let complete = true;
  if (all.length > manifestLimits.documents) {
    report({
      severity: 'error',
      code: manifestCodes.limit,
      summary: `the file has more than ${manifestLimits.documents} documents`,
      where: { source, range: [all[manifestLimits.documents]?.range[0] ?? 0, 0] },
    });
    complete = false;
  }
  const documents: Located[] = [];
  const syntaxFaults: Finding[] = [];
  for (const document of all.slice(0, manifestLimits.documents)) {
    const readable = document.errors.length === 0;
    syntaxFaults.push(...errorsOf(document, source));
    reportUnsupported(document, source, report);
    if (!readable) complete = false;
    // Also a broken document is walked: what looks like a secret in it must not be shown.
    const located = toLocated(document.contents, source, readable ? report : () => {});
    if (readable && located !== undefined) documents.push(located);
  }
  reportFirst(syntaxFaults, report);
  return { documents, complete };
}

/** Reports the first faults and counts the others: a file that is no manifest at all has hundreds. */
function reportFirst(faults: readonly Finding[], report: Report): void {
  faults.slice(0, manifestLimits.syntaxFaults).forEach(report);
  const [next, ...others] = faults.slice(manifestLimits.syntaxFaults);
  if (next === undefined) return;
  const more = others.length === 0 ? 'one more place does' : `${others.length + 1} more places do`;
  report({
    ...next,
    summary: `${more} not parse, from here on`,
    help: 'is it a manifest? Mend the first ones first',
  });
}

function errorsOf(document: Document.Parsed, source: SourceText): Finding[] {
  const errors: readonly YAMLError[] = document.errors;
  return errors.map(({ code, message, pos }) => {
    const exhausted = code === 'RESOURCE_EXHAUSTION';
    return {
      severity: 'error',
      code: exhausted ? manifestCodes.limit : manifestCodes.syntax,
      summary: exhausted ? 'the YAML is nested too deeply' : `the YAML does not parse: ${sentence(message)}`,
      help: exhausted ? `at most ${manifestLimits.depth} levels are read` : syntaxHelp(code, message),
      where: { source, range: pos },
    };
  });
}

function reportUnsupported(document: Document.Parsed, source: SourceText, report: Report): void {
  for (const warning of document.warnings.slice(0, manifestLimits.findings)) {
    report({
      severity: 'error',
      code: manifestCodes.unsupportedYaml,
      summary: sentence(warning.message),
      help: 'remove the tag; use quotes to make something text',
      where: { source, range: warning.pos },
    });
  }
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') {
    report({
      severity: 'error',
      code: manifestCodes.unsupportedYaml,
      summary: `YAML ${yaml.version} reads some values differently; the manifest is YAML 1.2`,
      help: 'remove the %YAML directive',
      where: { source, range: directiveRange(source, document) },
    });
  }
}

/** The document's range begins behind its directives. */
function directiveRange(source: SourceText, document: Document.Parsed): Range {
  const start = Math.max(0, source.text.lastIndexOf('%YAML', document.range[0]));
  return [start, start + '%YAML'.length];
}

/** The parser's messages begin with a capital and may quote pages of the text. */
function sentence(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  const clipped = line.length > 160 ? `${line.slice(0, 160)}…` : line;
  return clipped.charAt(0).toLowerCase() + clipped.slice(1);
}

/** True if the text has more UTF-8 bytes than `limit`; counts only where the length alone does not tell. */
function exceeds(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit;
}
