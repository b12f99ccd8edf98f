import { compress, uncompress } from './compression.ts';
import { createExpression, deleteExpression, evaluateExpression } from './expressions.ts';
import { declareProperty, setEnvoyFilterState } from './filter-state.ts';
import { nothing, type ForeignFunction } from './foreign-function.ts';
import { signText, verifySignature } from './signatures.ts';

/** Envoy's foreign functions (envoy source/extensions/common/wasm/foreign.cc). Every other name is NOT_FOUND. */
export const foreignFunctions: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  ['compress', compress],
  ['uncompress', uncompress],
  ['verify_signature', verifySignature],
  ['sign', signText],
  ['set_envoy_filter_state', setEnvoyFilterState],
  ['declare_property', declareProperty],
  ['expr_create', createExpression],
  ['expr_evaluate', evaluateExpression],
  ['expr_delete', deleteExpression],
  [
    'clear_route_cache',
    (vm) => {
      vm.context().clearRouteCache();
      return nothing;
    },
  ],
]);
