import {
  celEnv,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  parse,
  plan,
  type CelMap,
  type CelValue,
} from '@bufbuild/cel';
import { toBinary } from '@bufbuild/protobuf';
import { isReflectMessage, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { PropertyValue } from '../properties/property-value.ts';
import { serializeProperty } from '../properties/property-value.ts';
import { variables, type FindProperty } from './attributes.ts';
import { envoyFunctions } from './functions.ts';
import { parseFault } from './parse-fault.ts';
import { unknownNames } from './unknown-names.ts';

/** What an expression came to: a value, none that has bytes (`null`, a type, `request`), or an error in it. */
export type Evaluated =
  | { readonly kind: 'value'; readonly value: PropertyValue }
  | { readonly kind: 'no-bytes' }
  | { readonly kind: 'error'; readonly message: string };

/** An expression of CEL, ready to be evaluated. */
export type Expression = (find: FindProperty) => Evaluated;

const env = celEnv({ funcs: envoyFunctions });

/** Reads an expression; throws an error that says why it is none. */
export function parseExpression(text: string): ReturnType<typeof parse> {
  const parsed = parse(text);
  const fault = parseFault(text, parsed.expr);
  if (fault !== undefined) throw new Error(fault);
  return parsed;
}

/**
 * Compiles what was read; throws an error for a function or message that there is not. Types are not checked, as in Envoy: a
 * function is one of that name with so many arguments.
 */
export function compileExpression(parsed: ReturnType<typeof parse>): Expression {
  const [unknown] = unknownNames(env, parsed.expr);
  if (unknown !== undefined) throw new Error(`there is no ${unknown}`);
  const evaluate = plan(env, parsed);
  return (find) => {
    const result = evaluate(variables(find));
    if (isCelError(result)) return { kind: 'error', message: result.message };
    const value = valueOf(result);
    return value === undefined ? { kind: 'no-bytes' } : { kind: 'value', value };
  };
}

/** As a property, which is how Envoy serializes it, too; `undefined` for what it cannot. */
function valueOf(value: CelValue): PropertyValue | undefined {
  if (typeof value === 'string') return { kind: 'string', value: Buffer.from(value).toString('latin1') };
  if (typeof value === 'bigint') return { kind: 'int', value };
  if (typeof value === 'number') return { kind: 'double', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (value instanceof Uint8Array) return { kind: 'bytes', value };
  if (isCelUint(value)) return { kind: 'uint', value: value.value };
  if (isReflectMessage(value, TimestampSchema)) return { kind: 'time', value: nanoseconds(value) };
  if (isReflectMessage(value, DurationSchema)) return { kind: 'duration', value: nanoseconds(value) };
  if (isReflectMessage(value)) return { kind: 'bytes', value: toBinary(value.desc, value.message) };
  if (isCelList(value)) {
    const items = [...value].map(valueOf);
    return items.every((item) => item !== undefined) ? { kind: 'list', value: items } : undefined;
  }
  return isCelMap(value) ? mapOf(value) : undefined;
}

function mapOf(map: CelMap): PropertyValue | undefined {
  const entries: (readonly [PropertyValue | undefined, PropertyValue | undefined])[] = [];
  try {
    map.forEach((value, key) => entries.push([valueOf(key), valueOf(value)]));
  } catch {
    return undefined;
  }
  const pairs = entries.map(
    ([key, value]) => key && value && ([serializeProperty(key).toString('latin1'), value] as const),
  );
  return pairs.every((pair) => pair !== undefined) ? { kind: 'map', value: pairs } : undefined;
}

function nanoseconds({ message }: ReflectMessage): bigint {
  const { seconds, nanos } = message as unknown as { readonly seconds: bigint; readonly nanos: number };
  return seconds * 1_000_000_000n + BigInt(nanos);
}
