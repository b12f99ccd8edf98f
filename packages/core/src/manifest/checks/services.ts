import { manifestCodes } from '../codes.ts';
import { errorAt, placeOf } from '../finding.ts';
import { at, itemsAt, textAt, type Located } from '../yaml/located.ts';
import type { Check } from './check.ts';

/** The services of a local target differ in name and in port. */
export const checkServices: Check = ({ root }, report) => {
  for (const target of itemsAt(root, 'targets')) {
    const names = new Map<string, Located>();
    const ports = new Map<number, Located>();
    for (const service of itemsAt(target, 'local', 'services')) {
      const name = at(service, 'name');
      const namespace = textAt(service, 'namespace');
      if (typeof name?.value === 'string' && namespace !== undefined) {
        const address = `${namespace}/${name.value}`;
        const first = names.get(address);
        if (first === undefined) names.set(address, name);
        else {
          const help = `rename or remove one of them; the first stands at ${placeOf(first)}`;
          report(
            errorAt(name, manifestCodes.duplicateService, `there are two services \`${address}\``, help),
          );
        }
      }
      const port = at(service, 'port');
      if (typeof port?.value === 'number' && port.value !== 0) {
        const first = ports.get(port.value);
        if (first === undefined) ports.set(port.value, port);
        else {
          const help = `take another port, or 0 for a free one; the first stands at ${placeOf(first)}`;
          report(errorAt(port, manifestCodes.duplicateService, `two services want port ${port.value}`, help));
        }
      }
    }
  }
};
