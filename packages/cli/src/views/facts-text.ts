import { printable } from '@wasmcast/core';
import type { ModuleFacts } from '@wasmcast/wasm';
import { type Paint, columns, size } from './text.ts';

/** What a module is, for people. */
export function factsText(file: string, facts: ModuleFacts, p: Paint): string {
  const rows: string[][] = [
    ['digest', `sha256:${facts.digest}`],
    ['size', size(facts.size)],
    ['ABI', facts.abi ?? 'none'],
  ];
  if (facts.sdk !== undefined)
    rows.push(['SDK', [facts.sdk.name, facts.sdk.version].filter(Boolean).join(' ')]);
  if (facts.toolchain !== undefined) rows.push(['toolchain', facts.toolchain]);
  rows.push(['imports', String(facts.imports.length)], ['exports', String(facts.exports.length)]);
  const lines = rows.map(([name = '', value = '']) => [`  ${p.dim(name)}`, printable(value)]);
  return `${p.bold(printable(file))}\n${columns(lines)}\n`;
}
