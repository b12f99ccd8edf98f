import { expect, test } from 'vitest';
import {
  type Figures,
  goals,
  growthTable,
  missed,
  peerTable,
  readingTable,
  scalePage,
  writesTable,
} from './page.ts';
import type { Usage } from './usage.ts';

const usage = (seconds: number, cpu: number, rssMiB: number): readonly Usage[] => [
  { wallMs: seconds * 1000, cpuMs: cpu * 1000, rssMiB, stdout: '' },
  { wallMs: seconds * 3000, cpuMs: cpu * 1000, rssMiB: rssMiB + 10, stdout: '' },
];
const size = { workloads: 1000, namespaces: 50 };
const figures: Figures = {
  writing: [
    {
      size,
      objects: 3000,
      rounds: 5,
      plan: usage(3, 1.9, 200),
      planAgain: usage(2, 2.5, 200),
      apply: usage(10, 5, 280),
      applyAgain: usage(2, 2, 200),
      remove: usage(8, 3, 200),
      kubectl: usage(25, 9, 100),
      helm: usage(60, 9, 100),
      writes: 3009,
      writesAgain: 1,
      span: [8000, 24_000],
      raw: [7600, 22_800],
      concurrency: 16,
    },
  ],
  reading: [
    {
      size,
      pods: 3000,
      plan: usage(3, 1, 290),
      verify: usage(30, 20, 290),
      apply: usage(30, 20, 300),
      writes: 0,
    },
  ],
  conditions: {
    cores: 2,
    load: [1, 3],
    node: 'n',
    kubernetes: 'k',
    etcd: 'e',
    kubectl: 'c',
    kwok: 'w',
    helm: 'h',
  },
};

test('goals are judged by medians, and memory by the most that any run took', () => {
  const all = goals(figures);
  expect(all).toHaveLength(9);
  expect(missed(all)).toEqual([
    'writes of the second run, 1000 workloads: 1, goal 0',
    'CPU seconds of a plan with nothing to do: 2.50, goal under 2',
    'MiB of memory with 3000 pods: 310, goal under 300',
  ]);
});

test('a size that was not measured has no goals', () => {
  const [first] = figures.writing;
  if (first === undefined) throw new Error('no figures');
  const small = { ...first, size: { workloads: 60, namespaces: 50 } };
  expect(goals({ ...figures, writing: [small], reading: [] })).toHaveLength(2);
});

test('ratios are taken within a round', () => {
  const [, , apply, kubectl, , bare] = peerTable(figures.writing);
  expect(apply).toContain('| 1.00 (1.00 to 1.00) |');
  expect(kubectl).toContain('| 50.0 (25.0 to 75.0) | 80 (40 to 120) | 2.50 (2.50 to 2.50) |');
  expect(bare).toContain('a bare loop, 16 at a time');
  expect(writesTable(figures.writing).at(-1)).toContain(
    '| 3009 (1.003 an object) | 1 | 0.95 (0.95 to 0.95) | 0.76',
  );
});

test('every command has a row for each size', () => {
  expect(growthTable(figures.writing)).toHaveLength(2 + 5);
  expect(readingTable(figures.reading)).toHaveLength(2 + 3);
  expect(scalePage(figures)).toContain('Rounds, the sides in\nturn: 5 with 1000 workloads.');
});
