import { describe, expect, test } from 'vitest';
import type { GateCheck } from '@wasmcast/core';
import { judgeQuery, queryUrl } from './prometheus.ts';

describe('a Prometheus query', () => {
  const query: Extract<GateCheck, { kind: 'prometheus' }> = {
    kind: 'prometheus',
    url: 'http://prometheus:9090/base',
    query: 'sum(rate(errors[1m])) > 0',
    min: 1,
    max: 5,
  };
  const vector = (...values: unknown[]): string =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });

  test('is asked of the API below the base', () => {
    expect(queryUrl(query)).toBe(
      'http://prometheus:9090/base/api/v1/query?query=sum%28rate%28errors%5B1m%5D%29%29+%3E+0',
    );
  });

  test.each([
    ['1', 'pass'],
    ['5', 'pass'],
    ['0.9', 'fail'],
    ['5.1', 'fail'],
    ['NaN', 'inconclusive'],
    ['+Inf', 'inconclusive'],
    ['', 'inconclusive'],
  ])('that gives %s is a %s', (value, outcome) => {
    expect(judgeQuery(query, { status: 200, body: vector(value) }).outcome).toBe(outcome);
  });

  test('that gives nothing, or more than one number, decides nothing', () => {
    expect(judgeQuery(query, { status: 200, body: vector() }).outcome).toBe('inconclusive');
    expect(judgeQuery(query, { status: 200, body: vector('2', '3') }).outcome).toBe('inconclusive');
  });

  test('may give a scalar', () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '2'] } });
    expect(judgeQuery(query, { status: 200, body })).toEqual({ outcome: 'pass', says: '2' });
  });

  test.each([
    [500, '{}'],
    [200, 'no JSON'],
    [200, '{"status":"error"}'],
    [200, vector(7)],
    [200, '{"status":"success","data":{"resultType":"matrix","result":[]}}'],
  ])('answered %s %s is no measurement', (status, body) => {
    expect(() => judgeQuery(query, { status, body })).toThrow(Error);
  });
});
