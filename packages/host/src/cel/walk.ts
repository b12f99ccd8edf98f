import type { parse } from '@bufbuild/cel';

/** A parsed expression, or a part of one. */
export type Expr = NonNullable<ReturnType<typeof parse>['expr']>;

/** An expression and all parts of it. */
export function* walk(expr: Expr | undefined): Generator<Expr['exprKind']> {
  if (expr === undefined) return;
  yield expr.exprKind;
  for (const part of partsOf(expr.exprKind)) yield* walk(part);
}

function partsOf(kind: Expr['exprKind']): readonly (Expr | undefined)[] {
  switch (kind.case) {
    case 'callExpr':
      return [kind.value.target, ...kind.value.args];
    case 'selectExpr':
      return [kind.value.operand];
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return kind.value.entries.flatMap(({ keyKind, value }) =>
        keyKind.case === 'mapKey' ? [keyKind.value, value] : [value],
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result];
    }
    case 'constExpr':
    case 'identExpr':
    case undefined:
      return [];
  }
}
