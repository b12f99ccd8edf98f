export { exchange, type ExchangeOptions, type ExchangeResult, type TestUpstream } from './exchange.ts';
export type {
  SeenMessage,
  SeenRequest,
  SeenResponse,
  TestBody,
  TestHeaders,
  TestRequest,
  TestResponse,
} from './messages.ts';
export { TestClock } from './test-clock.ts';
export {
  loadFilter,
  type TestCall,
  type TestCalls,
  type TestExchange,
  TestFilter,
  type TestFilterOptions,
  type TestRequestOptions,
} from './test-filter.ts';
