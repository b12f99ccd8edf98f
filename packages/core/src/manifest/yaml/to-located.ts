import { isAlias, isMap, isScalar, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { JsonValue } from '../../json.ts';
import { manifestCodes, type ManifestCode } from '../codes.ts';
import type { Report } from '../finding.ts';
import { manifestLimits } from '../limits.ts';
import { isSecretKey, isSecretText } from '../secret-shapes.ts';
import type { Located } from './located.ts';
import { numberFault, plainTextFault } from './scalars.ts';
import type { Range, SourceText } from './source-text.ts';

/**
 * A YAML tree as JSON values with their places; undefined for an empty document. Reports what YAML allows and JSON, or
 * another YAML reader, would take differently; the values that were faulty are marked, so that nothing is reported twice.
 */
export function toLocated(root: Node | null, source: SourceText, report: Report): Located | undefined {
  if (root === null || isEmpty(root)) return undefined;
  const anchors = new Map<string, Located | 'open'>();
  let aliased = 0;
  let tooDeep = false;

  const fault = (range: Range, code: ManifestCode, summary: string, help?: string): void => {
    report({ severity: 'error', code, summary, help, where: { source, range } });
  };

  /** `secret`: the key says that nobody should read the value, so no message may quote it. */
  const convert = (node: Node, depth: number, secret = false): Located => {
    if (isAlias(node)) return alias(node.source, rangeOf(node));
    const { anchor } = node as Node & { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, 'open');
    const located = plainNode(node, depth, secret);
    if (anchor !== undefined) anchors.set(anchor, located);
    return located;
  };

  const plainNode = (node: Node, depth: number, secret: boolean): Located => {
    if (isScalar(node)) return scalar(node, secret);
    if (depth >= manifestLimits.depth) {
      if (!tooDeep) {
        fault(rangeOf(node), manifestCodes.limit, `nested deeper than ${manifestLimits.depth} levels`);
      }
      tooDeep = true;
      return { source, range: rangeOf(node), value: null, faulty: true, size: 1 };
    }
    return isMap(node) ? mapping(node, depth) : list(node as YAMLSeq, depth);
  };

  const alias = (name: string, range: Range): Located => {
    const target = anchors.get(name);
    const bad: Located = { source, range, value: null, faulty: true, size: 1 };
    if (target === undefined) {
      const help = 'an alias needs an anchor of the same name before it, in the same document';
      fault(range, manifestCodes.syntax, `there is no anchor \`${name}\``, help);
      return bad;
    }
    if (target === 'open') {
      fault(range, manifestCodes.unsupportedYaml, `the alias \`${name}\` contains itself`);
      return bad;
    }
    const before = aliased;
    aliased += target.size;
    if (aliased > manifestLimits.aliasedValues) {
      if (before <= manifestLimits.aliasedValues) {
        const summary = `the aliases unfold to more than ${manifestLimits.aliasedValues} values`;
        fault(range, manifestCodes.limit, summary, 'write the values out, or use fewer aliases');
      }
      return bad;
    }
    return { ...target, range };
  };

  const mapping = (node: YAMLMap, depth: number): Located => {
    const value: Record<string, JsonValue> = {};
    const members = new Map<string, Located>();
    let faulty = false;
    let size = 1;
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const content = pair.value as Node | null;
      const keyRange: Range = key === null ? emptyRange(content, node) : rangeOf(key);
      const name = keyName(key, keyRange);
      const secret = name !== undefined && isSecretKey(name);
      const child = content === null ? nothing(keyRange[1]) : convert(content, depth + 1, secret);
      size += child.size;
      if (name === undefined) {
        faulty = true;
        continue;
      }
      if (secret && child.members === undefined && child.items === undefined) source.hide(child.range);
      const first = members.get(name);
      if (first !== undefined) {
        const line = source.line((first.keyRange ?? first.range)[0]);
        const help = `keep one of them; the first stands on line ${line}`;
        fault(keyRange, manifestCodes.duplicateKey, `the key \`${name}\` stands twice in one mapping`, help);
        continue;
      }
      members.set(name, { ...child, keyRange });
      value[name] = child.value;
    }
    return { source, range: rangeOf(node), value, members, size, faulty };
  };

  const keyName = (key: Node | null, range: Range): string | undefined => {
    if (!isScalar(key) || typeof key.value !== 'string') {
      const written = isScalar(key) ? (key.source ?? '') : '';
      const help = written === '' ? 'write a plain word as key' : `put it in quotes: "${written}"`;
      fault(range, manifestCodes.badKey, 'a key is not a string', help);
      return undefined;
    }
    if (key.value === '<<' && key.type === 'PLAIN') {
      const help = 'YAML 1.2 has none; write the keys out, or alias the whole mapping';
      fault(range, manifestCodes.unsupportedYaml, 'merge keys (`<<`) are not supported', help);
      return undefined;
    }
    // Assigning this key changes an object's prototype instead of its content.
    if (key.value === '__proto__') {
      fault(range, manifestCodes.badKey, 'the key `__proto__` is not accepted');
      return undefined;
    }
    return key.value;
  };

  const list = (node: YAMLSeq, depth: number): Located => {
    const items = node.items.map((item) => convert(item as Node, depth + 1));
    const size = items.reduce((sum, item) => sum + item.size, 1);
    return { source, range: rangeOf(node), value: items.map((item) => item.value), items, size };
  };

  const scalar = (node: Scalar, secret: boolean): Located => {
    const range = rangeOf(node);
    const plain = node.type === 'PLAIN' ? (node.source ?? '') : undefined;
    const at = { source, range, size: 1, ...(plain === undefined ? {} : { plain }) };
    const { value } = node;
    if (value === null || typeof value === 'boolean') return { ...at, value };
    if (typeof value !== 'string' && typeof value !== 'number') {
      fault(range, manifestCodes.unsupportedYaml, 'a value that JSON does not have', 'put it in quotes');
      return { ...at, value: null, faulty: true };
    }
    const wrong =
      typeof value === 'number'
        ? numberFault(value, node.source ?? String(value))
        : plainTextFault(plain ?? '');
    if (typeof value === 'string' && isSecretText(value)) source.hide(range);
    if (wrong !== undefined && secret)
      fault(range, wrong.code, 'the value would be read differently', 'put it in quotes');
    else if (wrong !== undefined) fault(range, wrong.code, wrong.summary, wrong.help);
    // Negative zero is written as 0 by JSON: the same from the start.
    return { ...at, value: value === 0 ? 0 : value, faulty: wrong !== undefined };
  };

  const nothing = (offset: number): Located => ({ source, range: [offset, offset], value: null, size: 1 });

  return convert(root, 0);
}

function rangeOf(node: Node): Range {
  const range = node.range;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}

/** A key that is not there has no place of its own. */
function emptyRange(value: Node | null, mapping: YAMLMap): Range {
  const [start] = rangeOf(value ?? mapping);
  return [start, start];
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}
