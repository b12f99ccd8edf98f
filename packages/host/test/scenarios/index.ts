import { bodiesScenarios } from './bodies.ts';
import { expressionScenarios } from './expressions.ts';
import { foreignScenarios } from './foreign.ts';
import { headersScenarios } from './headers.ts';
import { inlineHeaderScenarios } from './inline-headers.ts';
import { propertiesScenarios } from './properties.ts';
import { repliesScenarios } from './replies.ts';
import { stateScenarios } from './state.ts';
import { trapsScenarios } from './traps.ts';
import { calloutScenarios } from './callouts.ts';
import type { Scenario } from './scenario.ts';

/** What this host and Envoy have to do in the same way. */
export const scenarios: readonly Scenario[] = [
  ...bodiesScenarios,
  ...calloutScenarios,
  ...expressionScenarios,
  ...foreignScenarios,
  ...headersScenarios,
  ...inlineHeaderScenarios,
  ...propertiesScenarios,
  ...repliesScenarios,
  ...stateScenarios,
  ...trapsScenarios,
];
