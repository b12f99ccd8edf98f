import { markdownTable } from '@wasmcast/core/testing';

/** What of JSON Schema the manifest's schema has. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string | boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** A manifest that has most of what there is; the page's test reads it. */
export const example = `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: { name: shop }
filters:
  - name: api-key
    module: { source: ./filters/api-key } # a filter project, compiled first
    config: { keys: { k-alice: alice } }
  - name: mask-pii
    module: { image: 'registry.example/filters/mask-pii:1.4', pullSecret: registry }
    onFailure: open
  - name: geo
    module: { file: ./geo.wasm }
    rootId: geo
    vm: { id: geo, env: { LEVEL: info } }
    drift: warn
targets:
  - name: laptop
    local:
      services:
        - { namespace: shop, name: cart, port: 8002, upstream: 'http://localhost:3000' }
  - name: eu
    istio:
      context: eu-1
      mirrors: [{ from: registry.example, to: eu.registry.example }]
  - name: us
    istio: { context: us-1, moduleServer: 'http://modules.wasm.svc:8080' }
bindings:
  - { name: try, target: laptop, select: { namespace: shop, name: cart }, chain: [api-key, geo] }
  - name: pay
    target: eu
    select: { namespace: pay, labels: { tier: money } }
    position: authz
    chain: [api-key, mask-pii]
  - { name: web, target: us, select: { namespace: shop, all: true }, delivery: http, chain: [geo] }
signatures:
  - { repository: registry.example/filters, keys: [cosign.pub] }
rollout:
  waves: [1, target=laptop, namespace=shop, pause 10m, 50%, pause, 100%]
  maxRestarting: 3
  gates:
    - { name: errors, stats: { maxErrorRate: 1%, maxP99Increase: 20%, minRequests: 50 }, count: 3 }
    - { name: slo, prometheus: { url: 'http://prometheus:9090', query: 'slo:burn_rate', max: 2 } }
`;

const head = `# The manifest

Generated from the schema that \`wasmcast schema\` prints, for editors too: \`wasmcast schema > wasmcast.schema.json\`, and as
first line of the manifest \`# yaml-language-server: $schema=./wasmcast.schema.json\`.

A manifest is one YAML file or several, or several documents in one: lists are joined, and all must name the same fleet. YAML 1.2,
without tags, merge keys and what dialects read differently. Every fault is told at once, at its line and column.

\`\`\`yaml
${example}\`\`\`

A field in **bold** has to be there.
`;

/** One section for each of these, in this order; the rest stands in the section of what holds it. */
const sections = [
  ['', 'The document'],
  ['filters[]', 'Filters'],
  ['targets[]', 'Targets'],
  ['bindings[]', 'Bindings'],
  ['rollout', 'The rollout'],
  ['rollout.gates[]', 'Gates'],
  ['signatures[]', 'Signatures'],
] as const;

const titled = new Set<string>(sections.map(([prefix]) => prefix).filter((prefix) => prefix.endsWith('[]')));

/** The reference of the manifest, as Markdown. */
export function manifestPage(schema: Schema): string {
  const fields = [...fieldsOf(schema, '')];
  const parts = sections.map(([prefix, title]) => {
    const own = fields.filter(({ path }) => sectionOf(path) === prefix && !titled.has(path));
    const intro = prefix === '' ? '' : `\n${holderOf(prefix, fields)}\n`;
    return `\n## ${title}\n${intro}\n${markdownTable(['field', 'is', 'default', 'what it says'], own.map(toRow(prefix)))}\n`;
  });
  return `${head}${parts.join('')}`;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function* fieldsOf(schema: Schema, path: string): Generator<Field> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const own = path === '' ? key : `${path}.${key}`;
    yield { path: own, schema: value, required: schema.required?.includes(key) === true };
    yield* fieldsOf(value, own);
    const items = itemsOf(value);
    if (items?.properties === undefined) continue;
    yield { path: `${own}[]`, schema: items, required: false };
    yield* fieldsOf(items, `${own}[]`);
  }
}

const itemsOf = (schema: Schema): Schema | undefined =>
  schema.items ?? schema.anyOf?.find(({ items }) => items !== undefined)?.items;

/** Of all sections whose subject is around the field, the innermost. */
function sectionOf(path: string): string {
  return sections
    .map(([prefix]) => prefix)
    .filter((prefix) => prefix === '' || path.startsWith(`${prefix}.`))
    .reduce((best, prefix) => (prefix.length > best.length ? prefix : best), '');
}

const holderOf = (prefix: string, fields: readonly Field[]): string =>
  fields.find(({ path }) => path === prefix)?.schema.description ?? '';

const toRow =
  (prefix: string) =>
  ({ path, schema, required }: Field): readonly string[] => {
    const name = prefix === '' ? path : path.slice(prefix.length + 1);
    return [
      required ? `**\`${name}\`**` : `\`${name}\``,
      typeOf(schema),
      schema.default === undefined || schema.type === 'object' ? '' : `\`${JSON.stringify(schema.default)}\``,
      (schema.description ?? '').replaceAll('|', '\\|'),
    ];
  };

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ');
  if (schema.anyOf !== undefined && schema.type === undefined) return schema.anyOf.map(typeOf).join(' or ');
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? []).join(' or ');
  if (type === 'object') return 'mapping';
  if (type === 'array')
    return schema.items?.properties === undefined ? `list of ${typeOf(schema.items ?? {})}` : 'list';
  return `${type.replace('object', 'mapping')}${rangeOf(schema)}`;
}

/** Bounds that somebody may meet; those of a whole machine word say nothing. */
function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined || maximum === undefined || maximum >= 2 ** 31) return '';
  return `, ${minimum} to ${maximum}`;
}
