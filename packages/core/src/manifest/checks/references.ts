import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf, type Report } from '../finding.ts';
import { parseWave } from '../wave-text.ts';
import { at, itemsAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';
import { knownNames, type KnownNames } from './known-names.ts';
import { checkUnused } from './unused.ts';

/** Bindings and waves name filters and targets that exist, a chain every filter at most once; what nobody names gets a remark. */
export const checkReferences: Check = (manifest, report) => {
  const filters = knownNames(manifest, 'filters');
  const targets = knownNames(manifest, 'targets');
  for (const binding of itemsAt(manifest.root, 'bindings')) {
    checkChain(itemsAt(binding, 'chain'), filters, report);
    const target = at(binding, 'target');
    if (typeof target?.value !== 'string' || targets.has(target.value)) continue;
    const summary = `no target is named \`${target.value}\``;
    report(errorAt(target, manifestCodes.unknownTarget, summary, targets.help(target.value)));
  }
  for (const wave of itemsAt(manifest.root, 'rollout', 'waves')) {
    const spec = parseWave(wave.value);
    if (spec?.kind !== 'target' || targets.has(spec.target)) continue;
    const summary = `no target is named \`${spec.target}\``;
    report(errorAt(wave, manifestCodes.unknownTarget, summary, targets.help(spec.target)));
  }
  if (manifest.complete) checkUnused(manifest.root, filters, targets, report);
};

function checkChain(chain: readonly Located[], filters: KnownNames, report: Report): void {
  const seen = new Map<string, Located>();
  for (const item of chain) {
    if (typeof item.value !== 'string') continue;
    const name = item.value;
    const first = seen.get(name);
    if (first !== undefined) {
      const summary = `the filter \`${name}\` is twice in this chain`;
      const help = `a chain runs a filter once; it stands first at ${placeOf(first)}`;
      report(errorAt(item, manifestCodes.repeatedFilter, summary, help));
      continue;
    }
    seen.set(name, item);
    if (filters.has(name)) continue;
    report(errorAt(item, manifestCodes.unknownFilter, `no filter is named \`${name}\``, filters.help(name)));
  }
}
