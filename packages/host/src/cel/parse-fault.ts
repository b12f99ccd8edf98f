import { walk, type Expr } from './walk.ts';

/** Comments and literals of text, `r` before them or not. */
const literal = /\/\/.*|([rRbB]*)("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/g;

/** What begins with a backslash: the first group what may (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax). */
const escape =
  /\\(?:([abfnrtv"'`\\?]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})|[^])/g;

/** Macros that take a name, by the numbers of arguments with which they are macros: what is left of them was given none. */
const macros: Readonly<Record<string, readonly number[]>> = {
  has: [1],
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/** Why an expression is none although the library reads it. */
export function parseFault(text: string, expr: Expr | undefined): string | undefined {
  for (const kind of walk(expr)) {
    const fault = faultOf(kind);
    if (fault !== undefined) return fault;
  }
  for (const [, prefix, quoted] of text.matchAll(literal)) {
    if (quoted === undefined || /r/i.test(prefix ?? '')) continue;
    for (const [written, known] of quoted.matchAll(escape))
      if (known === undefined) return `${written} is no escape`;
  }
  return undefined;
}

function faultOf(kind: Expr['exprKind']): string | undefined {
  if (kind.case === 'callExpr') {
    const { function: name, target, args } = kind.value;
    if (macros[name]?.includes(args.length) !== true || (name === 'has') !== (target === undefined))
      return undefined;
    return `${name} wants ${name === 'has' ? 'a field' : 'a name'}`;
  }
  const constant = kind.case === 'constExpr' ? kind.value.constantKind : undefined;
  if (constant?.case === 'int64Value' && constant.value !== BigInt.asIntN(64, constant.value))
    return `${constant.value} is no int`;
  if (constant?.case === 'uint64Value' && constant.value !== BigInt.asUintN(64, constant.value))
    return `${constant.value} is no uint`;
  return undefined;
}
