export * from './journal/file-journal.ts';
export * from './planning/check-fresh.ts';
export * from './planning/filter-source.ts';
export * from './planning/plan-fleet.ts';
export * from './rollout/converge.ts';
export * from './rollout/events.ts';
export * from './rollout/run-rollout.ts';
export * from './system-clock.ts';
