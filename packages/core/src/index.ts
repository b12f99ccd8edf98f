export {
  casesJsonSchema,
  type Case,
  type CaseExchange,
  type Cases,
  type Expectation,
} from './cases/case-schema.ts';
export type { TcpExpectation, TcpStep } from './cases/tcp-steps.ts';
export { parseCases, type ParsedCases } from './cases/parse-cases.ts';
export * from './diagnostic.ts';
export * from './diagnostic-format.ts';
export * from './digest.ts';
export * from './errors.ts';
export * from './json.ts';
export * from './lock/check-lock.ts';
export * from './lock/diff-locks.ts';
export * from './lock/lock.ts';
export * from './manifest/codes.ts';
export * from './manifest/duration.ts';
export * from './manifest/limits.ts';
export * from './manifest/parse-manifest.ts';
export * from './manifest/schema/json-schema.ts';
export * from './model/chain.ts';
export * from './model/default-gate.ts';
export * from './model/drift.ts';
export * from './model/effective-chain.ts';
export * from './model/filter.ts';
export * from './model/finding.ts';
export * from './model/fleet.ts';
export * from './model/module-server.ts';
export * from './model/packed-chains.ts';
export * from './model/revision.ts';
export * from './model/rollout-policy.ts';
export * from './model/rollout-record.ts';
export * from './model/stats.ts';
export * from './model/step.ts';
export * from './model/verdict.ts';
export * from './model/workload.ts';
export * from './ports/clock.ts';
export * from './ports/journal.ts';
export * from './ports/lock.ts';
export * from './ports/probing.ts';
export * from './ports/revision-store.ts';
export * from './ports/rollout-store.ts';
export * from './ports/target.ts';
export * from './printable.ts';
export * from './redacted-url.ts';
export * from './signatures/rule-for.ts';
export * from './plan/change-for.ts';
export * from './plan/diff-chains.ts';
export * from './plan/diff-revisions.ts';
export * from './plan/difference-of.ts';
export * from './plan/filter-changes.ts';
export * from './plan/find-drift.ts';
export * from './plan/mirrors.ts';
export * from './plan/moved-since.ts';
export * from './plan/parse-plan.ts';
export * from './plan/plan.ts';
export * from './plan/plan-probes.ts';
export * from './plan/plan-target.ts';
export * from './plan/plan-waves.ts';
export * from './plan/resolve-chains.ts';
export * from './plan/resolved-filter.ts';
export * from './plan/unfinished.ts';
export * from './plan/wave-impact.ts';
export {
  harLimits,
  parseHar,
  type ParsedHar,
  type RecordedExchange,
  type RecordedHeaders,
} from './traffic/parse-har.ts';
export { toHarEntry, type ExchangeFacts } from './traffic/to-har-entry.ts';
export { withoutSecrets } from './traffic/without-secrets.ts';
