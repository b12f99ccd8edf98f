export {
  exchange,
  type ExchangeOptions,
  type ExchangeResult,
  type TestUpstream,
  type TestUpstreamAnswer,
} from './exchange.ts';
export type {
  SeenMessage,
  SeenRequest,
  SeenResponse,
  TestBody,
  TestHeaders,
  TestRequest,
  TestResponse,
} from './messages.ts';
export { Callouts, type TestAnswer, type TestCall, type TestCalls } from './callouts.ts';
export { TestGrpcCall, type TestGrpcClusters } from './grpc-callouts.ts';
export { TestConnection } from './test-connection.ts';
export { TestClock } from './test-clock.ts';
export { loadFilter, type TestFilterOptions } from './load-filter.ts';
export { type TestExchange, TestFilter, type TestRequestOptions } from './test-filter.ts';
export { runCase } from './cases/run-case.ts';
export { replay, type Difference, type ReplayFinding, type ReplaySide } from './replay/replay.ts';
