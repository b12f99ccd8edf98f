import { readFile } from 'node:fs/promises';
import type { Identifier, Parser, SourceRange, TypeNode } from '../src/program.ts';

/** A class, enum, function, type or namespace that filters can import, or a member of one. */
export interface PublicSymbol {
  readonly name: string;
  /** As declared, without its body. */
  readonly signature: string;
  /** The text of its comment; empty when it has none. */
  readonly about: string;
  readonly members: readonly PublicSymbol[];
}

/** A declaration as parsed; what `kind` has not is missing. */
interface Declaration {
  readonly kind: number;
  readonly name: Identifier & { readonly range: SourceRange };
  readonly flags: number;
  readonly range: SourceRange;
  readonly members?: readonly Declaration[];
  readonly values?: readonly Declaration[];
  readonly body?: { readonly range: SourceRange } | null;
  readonly type?: TypeNode | null;
  readonly extendsType?: TypeNode | null;
  readonly initializer?: { readonly range: SourceRange } | null;
}

/** `NodeKind` of the compiler. */
const kinds = { class: 52, enum: 53, field: 55, function: 56, method: 59, namespace: 60, type: 61 } as const;
/** `CommonFlags` of the compiler. */
const flags = { export: 2, static: 32, private: 512 | 1024, set: 4096 } as const;

const assembly = new URL('../assembly/', import.meta.url);
/** Files of classes that nobody can import, and that others extend: their members are shown with those. */
const hidden = ['stream-filter', 'grpc/callout'];

/** Every symbol that `assembly/index.ts` exports, by the file that declares it, in its order. */
export async function readSymbols(): Promise<ReadonlyMap<string, readonly PublicSymbol[]>> {
  const index = await readFile(new URL('index.ts', assembly), 'utf8');
  const exported = [...index.matchAll(/^export \{([^}]+)\} from '\.\/(.+)';$/gm)].map(
    ([, names = '', file = '']) => [file, new Set(names.split(/[\s,]+/).filter(Boolean))] as const,
  );
  const isPublic = new Set(exported.flatMap(([, names]) => [...names]));
  const declarations = new Map<string, Declaration>();
  const found = new Map<string, readonly PublicSymbol[]>();
  for (const file of [...hidden, ...exported.map(([name]) => name)]) {
    for (const one of await declarationsOf(file)) if ('name' in one) declarations.set(one.name.text, one);
  }
  for (const [file, names] of exported) {
    const symbols = [...names].map((name) => {
      const declaration = declarations.get(name);
      if (declaration === undefined) throw new Error(`${file}.ts does not declare ${name}`);
      return symbolOf(declaration, inherited(declaration));
    });
    found.set(file, symbols);
  }
  return found;

  /** The members that come from a class of which nobody can read elsewhere. */
  function inherited({ extendsType }: Declaration): readonly Declaration[] {
    const base = extendsType?.name?.identifier.text;
    const declaration = base === undefined || isPublic.has(base) ? undefined : declarations.get(base);
    return declaration?.members ?? [];
  }
}

async function declarationsOf(file: string): Promise<readonly Declaration[]> {
  // By the compiler's own parser: it knows the language. Its types are of no use outside of it.
  const compiler: string = 'assemblyscript';
  const { newOptions, newProgram, parse } = (await import(compiler)) as {
    newOptions: () => unknown;
    newProgram: (options: unknown) => { readonly parser: Parser };
    parse: (program: unknown, text: string, path: string, isEntry: boolean) => void;
  };
  const program = newProgram(newOptions());
  parse(program, await readFile(new URL(`${file}.ts`, assembly), 'utf8'), `${file}.ts`, true);
  return (program.parser.sources.at(-1)?.statements ?? []) as unknown as readonly Declaration[];
}

function symbolOf(one: Declaration, inherited: readonly Declaration[] = []): PublicSymbol {
  const members = [...(one.members ?? one.values ?? []), ...inherited].filter((member) =>
    one.kind === kinds.namespace ? (member.flags & flags.export) !== 0 : isOffered(member),
  );
  return {
    name: one.name.text,
    signature: signatureOf(one),
    about: aboutOf(one.range),
    members: members
      .map((member) => ({ ...symbolOf(member), signature: ofClass(one, member) }))
      .filter(({ about }) => !about.startsWith('For the SDK')),
  };
}

/** What is called on the class itself is shown with its name. */
function ofClass({ kind, name }: Declaration, member: Declaration): string {
  const isStatic = kind === kinds.class && (member.flags & flags.static) !== 0;
  return isStatic ? `${name.text}.${signatureOf(member)}` : signatureOf(member);
}

function isOffered({ name, flags: has }: Declaration): boolean {
  return !name.text.startsWith('__') && (has & (flags.private | flags.set)) === 0;
}

function signatureOf(one: Declaration): string {
  const { kind, name, range, type, body, extendsType, initializer } = one;
  const { text } = range.source;
  switch (kind) {
    case kinds.class: {
      const base = extendsType ? ` extends ${textOf(extendsType.range)}` : '';
      return `${text.startsWith('abstract', range.start + 'export '.length) ? 'abstract ' : ''}class ${name.text}${base}`;
    }
    case kinds.enum:
      return `enum ${name.text}`;
    case kinds.namespace:
      return `namespace ${name.text}`;
    case kinds.type:
      return `type ${name.text} = ${textOf(type?.range ?? range)}`;
    case kinds.field:
      return `${name.text}${type ? `: ${textOf(type.range)}` : ''}`;
    case kinds.function:
    case kinds.method:
      return text
        .slice(range.start, body?.range.start ?? range.end)
        .replace(/^export function /, '')
        .replaceAll(/\/\*\*.*?\*\/|\b(?:private|protected|public|readonly|static) /g, '')
        .replaceAll(/\s+/g, ' ')
        .replaceAll('( ', '(')
        .replaceAll(/, \)/g, ')')
        .trim();
    default:
      // A value of an enum.
      return initializer ? `${name.text} = ${textOf(initializer.range)}` : name.text;
  }
}

function textOf({ source, start, end }: SourceRange): string {
  return source.text.slice(start, end);
}

/** The comment that ends where a declaration begins. */
function aboutOf({ source, start }: SourceRange): string {
  // A field that is a parameter of the constructor begins behind its modifiers.
  const before = source.text
    .slice(0, start)
    .replace(/(?:\b(?:public|readonly)\s+)*$/, '')
    .trimEnd();
  const open = before.endsWith('*/') ? before.lastIndexOf('/**') : -1;
  if (open < 0) return '';
  return before
    .slice(open + '/**'.length, -'*/'.length)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, (lead) => (lead.includes('*') ? '' : lead.trimStart())))
    .join('\n')
    .trim();
}
