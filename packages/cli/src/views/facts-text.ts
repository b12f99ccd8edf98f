import { printable } from '@wasmcast/core';
import type { ModuleFacts } from '@wasmcast/wasm';
import type { ModuleCost } from '../modules/measure-module.ts';
import { type Paint, columns, milliseconds, size } from './text.ts';

/** What a module is, and costs, for people. */
export function factsText(file: string, facts: ModuleFacts, cost: ModuleCost | undefined, p: Paint): string {
  const rows: string[][] = [
    ['digest', `sha256:${facts.digest}`],
    ['size', size(facts.size)],
    ['ABI', facts.abi ?? 'none'],
  ];
  if (facts.sdk !== undefined)
    rows.push(['SDK', [facts.sdk.name, facts.sdk.version].filter(Boolean).join(' ')]);
  if (facts.toolchain !== undefined) rows.push(['toolchain', facts.toolchain]);
  rows.push(['imports', String(facts.imports.length)], ['exports', String(facts.exports.length)]);
  if (cost !== undefined) rows.push(...costRows(cost));
  const lines = rows.map(([name = '', value = '']) => [`  ${p.dim(name)}`, printable(value)]);
  return `${p.bold(printable(file))}\n${columns(lines)}\n`;
}

function costRows(cost: ModuleCost): string[][] {
  if ('notMeasured' in cost) return [['cost', `not measured: it ${cost.notMeasured}`]];
  const request =
    'requestUs' in cost
      ? `${cost.requestUs.toPrecision(2)} µs of CPU for a small GET and its answer`
      : `not measured: ${cost.requestNotMeasured}`;
  return [
    ['compilation', `${milliseconds(cost.compileMs)} of CPU on this machine`],
    ['memory', `${size(cost.memoryBytes)} a VM; a proxy has one for each worker, and one more`],
    ['request', request],
  ];
}
