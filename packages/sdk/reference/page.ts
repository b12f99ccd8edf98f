import type { PublicSymbol } from './read-symbols.ts';

/** The chapters of the reference, and the files whose symbols stand in each. */
const chapters: Readonly<Record<string, readonly string[]>> = {
  'Plugins and filters': ['plugin', 'registry', 'http-filter', 'tcp-filter', 'actions'],
  Configuration: ['config', 'settings', 'json/json', 'json/writer'],
  'Requests and responses': ['messages', 'headers', 'local-response', 'foreign'],
  Bodies: ['body', 'body-collector', 'text/text-stream'],
  'Asking other services': ['http-call', 'grpc/call', 'grpc/stream'],
  'What the proxy knows': ['attributes', 'properties', 'time'],
  'Shared among threads': ['shared-data', 'shared-queue'],
  'Metrics, logs and statuses': ['metrics', 'log', 'status'],
  Texts: ['text/ascii', 'text/cookies', 'text/path-pattern', 'text/percent', 'text/query'],
  'Keys, tokens and encodings': ['crypto/compare', 'crypto/jwt', 'crypto/sha256', 'text/base64', 'text/hex'],
};

/** The reference as a page of Markdown. Throws when a file that exports symbols stands in no chapter. */
export function referencePage(symbols: ReadonlyMap<string, readonly PublicSymbol[]>): string {
  const files = new Set(Object.values(chapters).flat());
  const missing = [...symbols.keys()].filter((file) => !files.has(file));
  if (missing.length > 0) throw new Error(`reference/page.ts has no chapter for ${missing.join(', ')}`);
  const inChapter = (names: readonly string[]): PublicSymbol[] =>
    names.flatMap((file) => symbols.get(file) ?? []).filter(isWorthAnEntry);
  const contents = Object.entries(chapters).map(([title, names]) => {
    const links = inChapter(names).map(({ name }) => `[${name}](#${name.toLowerCase()})`);
    return `- **${title}**: ${links.join(', ')}`;
  });
  const bodies = Object.entries(chapters).map(
    ([title, names]) => `## ${title}\n\n${inChapter(names).map(entry).join('\n\n')}`,
  );
  return `# The SDK, symbol by symbol

Generated from the comments in the sources by \`node packages/sdk/reference/write.ts\`. Everything is imported from
\`@wasmcast/sdk/assembly\`.

${contents.join('\n')}

${bodies.join('\n\n')}
`;
}

function isWorthAnEntry({ about, members }: PublicSymbol): boolean {
  return about !== '' || members.length > 0;
}

function entry({ name, signature, about, members }: PublicSymbol): string {
  const parts = [`### ${name}`, '', `\`${signature}\``];
  if (about !== '') parts.push('', prose(about));
  if (members.length > 0) parts.push('', members.flatMap((one) => lines(one)).join('\n'));
  return parts.join('\n');
}

/** A member as an item of a list; those of an inner namespace with the path to them. */
function lines({ name, signature, about, members }: PublicSymbol, path = ''): string[] {
  const item = signature.startsWith('namespace ') ? `${path}${name}` : `${path}${signature}`;
  const [first = '', ...more] = prose(about).split('\n');
  const rest = more.map((line) => (line === '' ? '' : `  ${line}`));
  return [
    [`- \`${item}\`${first === '' ? '' : ` ${first}`}`, ...rest].join('\n'),
    ...members.flatMap((one) => lines(one, `${path}${name}.`)),
  ];
}

/** A comment as Markdown: what is indented by four is an example. */
function prose(about: string): string {
  return about
    .replaceAll(/(?:^ {4}.*\n?(?:\n(?= {4}))?)+/gm, (example) =>
      fence(example.replaceAll(/^ {4}/gm, '').trimEnd()),
    )
    .trimEnd();
}

function fence(example: string): string {
  const language = /^\w+: \{/.test(example) ? 'yaml' : 'ts';
  return `\`\`\`${language}\n${example}\n\`\`\`\n`;
}
