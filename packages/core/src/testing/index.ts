export { describeTarget, type ConformanceOptions } from './target-conformance.ts';
export { TargetDriver, throughJson, type Wanted } from './target-driver.ts';
export { fixtureFilter, type ModuleFixture, type TargetFixture } from './target-fixture.ts';
export * from './seeds.ts';
export { markdownTable } from './markdown-table.ts';
