import type { Rule } from '../case.ts';
import { chainRules } from './chain.ts';
import { envoyRules } from './envoy.ts';
import { injectionRules, sidecarRules } from './injection.ts';
import { objectRules } from './objects.ts';
import { podRules, templateRules } from './pods.ts';
import { pullRules } from './pulls.ts';

/**
 * The table from symptoms to causes. The order is the argument: what is nearer to the root comes first, and what it
 * explains is not asked about again. The last row fits everything.
 */
export const rules: readonly Rule[] = [
  ...podRules,
  ...sidecarRules,
  ...objectRules,
  ...templateRules,
  ...injectionRules,
  ...pullRules,
  ...envoyRules,
  ...chainRules,
];
