import { canonicalJson, type JsonObject, type JsonValue } from '../json.ts';
import { configurationText, type DesiredFilter } from '../model/filter.ts';

/** One setting of a filter that is another one by now, as text (values of objects as JSON); undefined: it is not set. */
export interface FilterChange {
  /** `config`, `config.header`, `env.LEVEL`, `onFailure`, … */
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/**
 * What differs between a filter as it was and as it shall be, but for its module and what follows from that. Configurations
 * that are both objects, and environments, are compared key by key.
 */
export function filterChanges(before: DesiredFilter, after: DesiredFilter): readonly FilterChange[] {
  return [
    ...configChanges(before, after),
    ...keyChanges('env', before.env, after.env),
    ...plain.flatMap((field) => changeOf(field, String(before[field]), String(after[field]))),
    ...changeOf('image', before.image?.reference, after.image?.reference),
    ...(before.moduleDigest === after.moduleDigest ? changeOf('served', before.served, after.served) : []),
    ...changeOf('pullSecret', before.image?.pullSecret, after.image?.pullSecret),
    // The end of a vm_id is the module's digest.
    ...(before.moduleDigest === after.moduleDigest ? changeOf('vmId', before.vmId, after.vmId) : []),
  ];
}

const plain = ['delivery', 'position', 'rootId', 'allowPrecompiled', 'onFailure'] as const;

function configChanges(before: DesiredFilter, after: DesiredFilter): readonly FilterChange[] {
  if (before.config.kind === 'json' && after.config.kind === 'json')
    return keyChanges('config', before.config.value, after.config.value);
  const textOf = ({ config }: DesiredFilter): string | undefined => configurationText(config) || undefined;
  return changeOf('config', textOf(before), textOf(after));
}

function keyChanges(field: string, before: JsonObject, after: JsonObject): readonly FilterChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key) => changeOf(`${field}.${key}`, text(before[key]), text(after[key])));
}

function text(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}

function changeOf(
  field: string,
  before: string | undefined,
  after: string | undefined,
): readonly FilterChange[] {
  if (before === after) return [];
  return [{ field, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}
