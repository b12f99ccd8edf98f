import { manifestCodes } from '../codes.ts';
import { errorAt } from '../finding.ts';
import { quote } from '../schema/describe.ts';
import { at, itemsAt } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** A light look at image references: what cannot be one. Whoever asks the registry reads them in full. */
export const checkImages: Check = ({ root }, report) => {
  for (const filter of itemsAt(root, 'filters')) {
    const node = at(filter, 'module', 'image');
    if (node === undefined || typeof node.value !== 'string' || node.value === '') continue;
    const help = complaint(node.value);
    if (help === undefined) continue;
    report(
      errorAt(node, manifestCodes.badReference, `${quote(node.value)} is not a reference to an image`, help),
    );
  }
};

function complaint(reference: string): string | undefined {
  const form = 'write `registry/repository:tag` or `registry/repository@sha256:…`';
  const scheme = /^([a-z]+):\/\//.exec(reference);
  if (scheme !== null) return `leave \`${scheme[0]}\` out`;
  if (/\s/.test(reference)) return 'a reference has no spaces';
  const [name = '', ...digests] = reference.split('@');
  if (digests.length > 1 || (digests.length === 1 && !/^sha256:[0-9a-f]{64}$/.test(digests[0] ?? ''))) {
    return 'after `@` write `sha256:` and 64 hex digits';
  }
  const slash = name.indexOf('/');
  const repository = slash < 0 ? '' : name.slice(slash + 1).replace(/:[^/]*$/, '');
  if (slash <= 0 || repository === '') return form;
  if (/:[^/]*$/.test(name.slice(slash + 1)) && !/:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) {
    return 'a tag has at most 128 letters, digits, `_`, `.` and `-`';
  }
  return repository === repository.toLowerCase() ? undefined : 'a repository is in lower case';
}
