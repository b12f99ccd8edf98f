import { manifestCodes } from './codes.ts';
import { errorAt, errorAtKey, placeOf, type Report } from './finding.ts';
import { kind } from './schema/fleet-schema.ts';
import { checkShape } from './schema/check-shape.ts';
import { fleetShape } from './schema/json-schema.ts';
import { describe, quote } from './schema/describe.ts';
import { didYouMean } from './suggest.ts';
import { at, textAt, type Located } from './yaml/located.ts';

/** The lists that documents of one fleet add to. */
export const listKeys = ['filters', 'targets', 'bindings', 'signatures'] as const;

/** All documents of a fleet as one. */
export interface Merged {
  readonly root: Located;
  /** False if something is not in it that was meant to be: then nothing may be called missing or unused. */
  readonly complete: boolean;
}

/**
 * Makes one manifest of the documents: lists are appended in the order of the sources, `rollout` may stand once. The
 * first name is the fleet's; documents of another name are a fault and are left out. Undefined without any document.
 */
export function merge(documents: readonly Located[], report: Report): Merged | undefined {
  let complete = true;
  const parts: Located[] = [];
  let first: { readonly name: string; readonly node: Located } | undefined;
  for (const document of documents) {
    if (!isFleet(document, report)) {
      complete = false;
      continue;
    }
    checkShape(document, fleetShape, report);
    const node = at(document, 'metadata', 'name');
    if (node !== undefined && typeof node.value === 'string') {
      first ??= { name: node.value, node };
      if (first.name !== node.value) {
        const earlier = `${quote(first.name)} (${placeOf(first.node)})`;
        const summary = `this document is of the fleet ${quote(node.value)}, the first one of ${earlier}`;
        const help = 'give all documents of a fleet the same name, and read different fleets one at a time';
        report(errorAt(node, manifestCodes.otherFleet, summary, help));
        complete = false;
        continue;
      }
    }
    parts.push(document);
  }
  const [start] = parts;
  return start === undefined ? undefined : { root: join(start, parts, report), complete };
}

function isFleet(document: Located, report: Report): boolean {
  if (document.members === undefined) {
    if (document.faulty === true) return false;
    const summary = `a document must be a mapping, but is ${describe(document)}`;
    report(errorAt(document, manifestCodes.notAMapping, summary, `begin it with \`kind: ${kind}\``));
    return false;
  }
  const node = at(document, 'kind');
  const written = textAt(document, 'kind');
  // A misspelt Fleet is read as one and gets its fault there; something else would only give noise.
  if (node === undefined || written === undefined || written === kind) return true;
  if (didYouMean(written, [kind]) !== undefined) return true;
  const summary = `a manifest has documents of kind ${kind}, not ${quote(written)}`;
  report(errorAt(node, manifestCodes.notListed, summary, 'keep other objects in files of their own'));
  return false;
}

function join(start: Located, parts: readonly Located[], report: Report): Located {
  const members = new Map<string, Located>();
  for (const part of parts) {
    for (const [key, node] of part.members ?? []) {
      const before = members.get(key);
      if (before === undefined) members.set(key, node);
      else if (isListKey(key)) members.set(key, appended(before, node));
      else if (key === 'rollout') {
        const help = `keep one of them; the first stands at ${placeOf(before)}`;
        report(errorAtKey(node, manifestCodes.onlyOnce, '`rollout` may stand once in a manifest', help));
      }
    }
  }
  const value = Object.fromEntries([...members].map(([key, node]) => [key, node.value]));
  return { ...start, members, value };
}

/** A list that is no list has had its fault; the other keeps its place. */
function appended(before: Located, after: Located): Located {
  if (before.items === undefined) return after.items === undefined ? before : after;
  if (after.items === undefined) return before;
  const items = [...before.items, ...after.items];
  return { ...before, items, value: items.map((item) => item.value), size: before.size + after.size };
}

function isListKey(key: string): key is (typeof listKeys)[number] {
  return listKeys.some((listKey) => listKey === key);
}
