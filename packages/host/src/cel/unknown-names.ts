import type { CelEnv } from '@bufbuild/cel';
import { walk, type Expr } from './walk.ts';

/** What the evaluator does itself: no function stands behind them. */
const operators: ReadonlySet<string> = new Set(['_[_]', '_&&_', '_||_', '_?_:_', '@not_strictly_false']);

/**
 * The functions and messages in an expression that there are not. A function is one of that name that is called so, as a function
 * or a method, with so many arguments.
 */
export function unknownNames(env: CelEnv, expr: Expr | undefined): string[] {
  const known = new Set([...env.funcs].map((f) => signature(f.name, f.target, f.arguments.length)));
  return [...walk(expr)].flatMap((kind) => {
    if (kind.case === 'structExpr') {
      const { messageName } = kind.value;
      return messageName === '' || env.registry.getMessage(messageName) !== undefined ? [] : [messageName];
    }
    if (kind.case !== 'callExpr') return [];
    const called = signature(kind.value.function, kind.value.target, kind.value.args.length);
    return operators.has(kind.value.function) || known.has(called) ? [] : [called];
  });
}

function signature(name: string, target: unknown, count: number): string {
  return `${target === undefined ? '' : '_.'}${name}(${Array.from({ length: count }, () => '_').join(', ')})`;
}
