import { type LockChange, type LockedFilter, printable, shortDigest } from '@wasmcast/core';
import { type Paint, count } from './text.ts';

/** What an update of the lock moves, for people. */
export function lockDiffText(
  file: string,
  changes: readonly LockChange[],
  dryRun: boolean,
  p: Paint,
): string {
  const name = printable(file);
  if (changes.length === 0) return `${name}: every filter is as locked\n`;
  const lines = changes.flatMap((change) => linesOf(change, p));
  const done = dryRun ? 'would change' : 'changed';
  return `${lines.join('\n')}\n${name}: ${count(changes.length, 'filter')} ${done}\n`;
}

function linesOf(change: LockChange, p: Paint): readonly string[] {
  const filter = printable(change.filter);
  switch (change.kind) {
    case 'added':
      return [`${p.green('+')} ${filter}  ${printable(named(change.entry))}`];
    case 'removed':
      return [`${p.red('-')} ${filter}  ${printable(named(change.entry))}`];
    case 'changed': {
      const { before, after, importsAdded, importsRemoved } = change;
      const rows = [
        [
          'image',
          before.image && shortDigest(before.image.digest),
          after.image && shortDigest(after.image.digest),
        ],
        ['reference', before.image?.reference, after.image?.reference],
        ['module', shortDigest(before.module), shortDigest(after.module)],
        ['ABI', before.abi, after.abi],
        ['SDK', before.sdk, after.sdk],
        ['toolchain', before.toolchain, after.toolchain],
      ].filter(([, was, is]) => was !== is);
      return [
        `${p.yellow('~')} ${filter}`,
        ...rows.map(([what, was, is]) => `    ${what}: ${printable(`${was ?? 'none'} -> ${is ?? 'none'}`)}`),
        ...importsAdded.map((each) => `    ${p.green('+')} import ${printable(each)}`),
        ...importsRemoved.map((each) => `    ${p.red('-')} import ${printable(each)}`),
      ];
    }
  }
}

function named({ image, module }: LockedFilter): string {
  const from = image === undefined ? '' : `${image.reference} image ${shortDigest(image.digest)} `;
  return `${from}module ${shortDigest(module)}`;
}
