import { expect, test } from 'vitest';
import { type Built, buildPage, buildTable } from './page.ts';

const timed = (total: number) => ({ total, start: total / 2, parse: 0, compile: 0, optimize: total / 2 });
const built: Built = {
  name: 'jwt',
  cold: timed(2600),
  bare: 2000,
  watched: [600, 500, 900].map(timed),
};
const conditions = { changes: 3, cores: 2, load: 4.25 };

test('each template has its row, and all together have one', () => {
  const other = { ...built, name: 'other', cold: timed(2000), watched: [timed(700)] };
  expect(buildTable([built, other]).slice(2)).toEqual([
    '| jwt | 2.60 | 1.30 | 0.60 (0.50 to 0.90) |',
    '| other | 2.00 | 1.00 | 0.70 (0.70 to 0.70) |',
    '| **all** | 2.30 (2.00 to 2.60) | 1.15 (1.00 to 1.30) | 0.65 (0.50 to 0.90) |',
  ]);
});

test('the page says whether the goal is met, where the time goes, and how busy the machine was', () => {
  const page = buildPage([built], conditions);
  expect(page).toContain('a build took 2.60 s of 3 s, and one that is watched 0.60 s of 1 s.');
  expect(page).toContain('| `build` | 50 % | 0 % | 0 % | 50 % |');
  expect(page).toContain('4.3 processes wanted its 2 cores');
  const slow = { ...built, watched: [timed(1200)] };
  expect(buildPage([slow], conditions)).toContain('watched 1.20 s of 1 s, which is too much.');
});
