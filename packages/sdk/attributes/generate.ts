import { attributeGroups, type Attribute, type AttributeGroup, type AttributeType } from './list.ts';

const readers: Readonly<Record<AttributeType, { parameter: string; result: string; reader: string }>> = {
  string: { parameter: "fallback: string = ''", result: 'string', reader: 'propertyText' },
  int: { parameter: 'fallback: i64 = 0', result: 'i64', reader: 'propertyInt' },
  bool: { parameter: 'fallback: bool = false', result: 'bool', reader: 'propertyBool' },
  nanoseconds: { parameter: 'fallback: i64 = 0', result: 'i64', reader: 'propertyNanoseconds' },
};

/** The text of `assembly/attributes.ts`, before it is formatted. */
export function attributesFile(): string {
  const names = [...new Set(Object.values(readers).map(({ reader }) => reader))].toSorted();
  return `// Generated from attributes/list.ts by \`node packages/sdk/attributes/write.ts\`.
import { ${names.join(', ')} } from './properties';

/**
 * Envoy's attributes by their names and types. What is not there in this phase is the fallback.
 *
 *     const caller = attributes.connection.uri_san_peer_certificate();
 *     const code = attributes.response.code();
 */
export namespace attributes {
${attributeGroups.map(groupText).join('\n')}}
`;
}

function groupText({ name, about, attributes }: AttributeGroup): string {
  return `/** ${about}. */
export namespace ${name} {
${attributes.map((one) => attributeText(name, one)).join('')}}
`;
}

function attributeText(group: string, { name, type, about }: Attribute): string {
  const { parameter, result, reader } = readers[type];
  const unit = type === 'nanoseconds' ? ', in nanoseconds' : '';
  return `/** ${about}${unit}. */
export function ${name}(${parameter}): ${result} { return ${reader}('${group}.${name}', fallback); }
`;
}
