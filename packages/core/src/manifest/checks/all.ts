import type { Check } from './check.ts';
import { checkDeliveries } from './deliveries.ts';
import { checkEnvironment } from './environment.ts';
import { checkExactlyOne } from './exactly-one.ts';
import { checkGates } from './gates.ts';
import { checkImages } from './images.ts';
import { checkLabels } from './labels.ts';
import { checkNames } from './names.ts';
import { checkReferences } from './references.ts';
import { checkRepositories } from './repositories.ts';
import { checkSecrets } from './secrets.ts';
import { checkSelectors } from './selectors.ts';
import { checkServices } from './services.ts';

/** Every check that looks at more than one value; their order does not matter. */
export const allChecks: readonly Check[] = [
  checkExactlyOne,
  checkNames,
  checkReferences,
  checkRepositories,
  checkSelectors,
  checkDeliveries,
  checkLabels,
  checkImages,
  checkEnvironment,
  checkServices,
  checkSecrets,
  checkGates,
];
