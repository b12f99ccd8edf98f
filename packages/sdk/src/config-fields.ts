import { fieldFlag, nodeKind, userDefined } from './program.ts';
import type {
  ClassDeclaration,
  FieldDeclaration,
  ImportStatement,
  Parser,
  Program,
  Source,
  TypeNode,
} from './program.ts';

/** How the SDK's Config reads a field, and what the field is until then. */
interface Reading {
  readonly call: string;
  readonly initial: string;
}

const simple: Readonly<Record<string, Reading>> = {
  string: { call: '__text', initial: "''" },
  bool: { call: '__flag', initial: 'false' },
  i32: { call: '__integer', initial: '0' },
  f64: { call: '__number', initial: '0' },
  // JsonKind.Missing.
  Json: { call: '__json', initial: 'new Json(0)' },
};

/** Gives every class that extends the SDK's Config the method that reads its fields, and what is wrong with them in the SDK's words. */
export function readConfigFields(program: Program, parser: Parser): void {
  const sources = program.sources.filter((source) => !source.internalPath.startsWith('~lib/'));
  const classes = sources.flatMap((source) => source.statements.filter(isClass));
  const configs = descendants(classes, new Set(sources.flatMap(importedAs)));
  const names = new Set(configs.map((one) => one.name.text));
  for (const one of configs) {
    const lines: string[] = [];
    const initial: string[] = [];
    for (const field of one.members.filter(isRead)) {
      const reading = readingOf(field.type, names);
      if (typeof reading === 'string') {
        program.error(userDefined, field.range, `${one.name.text}.${field.name.text} ${reading}`);
        continue;
      }
      const name = field.name.text;
      const required = field.initializer === null;
      lines.push(`this.${name} = this.${reading.call}('${name}', ${required}, this.${name});`);
      if (required) initial.push(`${name}: i32 = ${reading.initial};`);
    }
    const [made] = parse(
      parser,
      one,
      `class It { ${initial.join(' ')} __fields(): void { super.__fields(); ${lines.join(' ')} } }`,
    );
    complete(one, made);
  }
}

/** The names under which a file imports Config. */
function importedAs(source: Source): string[] {
  return source.statements
    .filter((one): one is ImportStatement => one.kind === nodeKind.import)
    .filter((one) => one.path.value === '@wasmcast/sdk/assembly')
    .flatMap((one) => one.declarations ?? [])
    .filter((one) => one.foreignName.text === 'Config')
    .map((one) => one.name.text);
}

function descendants(classes: readonly ClassDeclaration[], bases: Set<string>): ClassDeclaration[] {
  const found: ClassDeclaration[] = [];
  for (;;) {
    const next = classes.filter((one) => !found.includes(one) && bases.has(nameOf(one.extendsType) ?? ''));
    if (next.length === 0) return found;
    for (const one of next) bases.add(one.name.text);
    found.push(...next);
  }
}

function isClass(one: { readonly kind: number }): one is ClassDeclaration {
  return one.kind === nodeKind.classDeclaration;
}

/** Fields that are private, protected or static are the class's own. */
function isRead(member: FieldDeclaration): boolean {
  const own = fieldFlag.static | fieldFlag.private | fieldFlag.protected;
  return member.kind === nodeKind.fieldDeclaration && (member.flags & own) === 0;
}

/** How a type is read, or why it is not. */
function readingOf(type: TypeNode | null, configs: ReadonlySet<string>): Reading | string {
  if (type === null) return 'must say its type';
  if (type.isNullable) return 'must not be null: give it a value, so that it is optional';
  const name = nameOf(type) ?? '';
  const [item, more] = type.typeArguments ?? [];
  if (name === 'Array' && item !== undefined && more === undefined) {
    const of = nameOf(item) ?? '';
    if (of === 'string') return { call: '__texts', initial: '[]' };
    if (configs.has(of)) return { call: `__objects<${of}>`, initial: '[]' };
  } else if (item === undefined) {
    if (configs.has(name)) return { call: `__object<${name}>`, initial: `new ${name}()` };
    const reading = simple[name];
    if (reading !== undefined) return reading;
  }
  return 'cannot be read from a configuration. Its type can be string, bool, i32, f64, string[], Json, a class that extends Config, or a list of such; other fields must be private';
}

function nameOf(type: TypeNode | null): string | undefined {
  return type?.name?.next === null ? type.name.identifier.text : undefined;
}

/** The members of a class that is only text so far. */
function parse(parser: Parser, one: ClassDeclaration, text: string): ClassDeclaration[] {
  const scratch = new (parser.constructor as new () => Parser)();
  // As of the class's own file: the compiler looks for that of each expression.
  scratch.parseFile(text, one.range.source.normalizedPath, false);
  return scratch.sources.flatMap((source) => source.statements.filter(isClass));
}

/** Takes the method over, and what required fields are until they are read. */
function complete(one: ClassDeclaration, made: ClassDeclaration | undefined): void {
  for (const member of made?.members ?? []) {
    if (member.kind !== nodeKind.fieldDeclaration) {
      one.members.push(member);
      continue;
    }
    const field = one.members.find(({ name }) => name.text === member.name.text);
    if (field === undefined) continue;
    field.initializer = member.initializer;
    field.flags &= ~fieldFlag.definitelyAssigned;
  }
}
