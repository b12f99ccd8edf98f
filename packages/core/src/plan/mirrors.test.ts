import { expect, test } from 'vitest';
import { ruleFor } from '../signatures/rule-for.ts';
import { digest } from '../testing/values.ts';
import { mirrored, original } from './mirrors.ts';

const mirrors = [
  { from: 'a.example', to: 'eu.example' },
  { from: 'a.example/team', to: 'eu.example:5000/mirror/team' },
];
const image = (repository: string) => ({
  reference: `${repository}@sha256:${digest('1')}`,
  digest: digest('1'),
  pullSecret: 'login',
});

test.each([
  ['a.example/f', 'eu.example/f'],
  ['a.example/team/f', 'eu.example:5000/mirror/team/f'],
  ['a.example/teams/f', 'eu.example/teams/f'],
  ['a.example:5000/f', 'a.example:5000/f'],
  ['b.example/a.example/f', 'b.example/a.example/f'],
])('%s is pulled from %s, by the same digest, and known by its first name again', (from, to) => {
  expect(mirrored(image(from), mirrors)).toEqual(image(to));
  expect(original(image(to), mirrors)).toEqual(image(from));
});

test('the longest rule that a repository is within counts, and parts of names are none', () => {
  const rules = ['*', 'a.example', 'a.example/team', 'a.example/team/f'].map((repository) => ({
    repository,
    keys: [],
    attestations: [],
    unsigned: true,
    declaredIn: '',
  }));
  const found = (name: string, from = rules) => ruleFor(name, from)?.repository;
  expect(found('a.example/team/f')).toBe('a.example/team/f');
  expect(found('a.example/team/g')).toBe('a.example/team');
  expect(found('a.example/teams')).toBe('a.example');
  expect(found('b.example/team/f')).toBe('*');
  expect(found('b.example/team/f', rules.slice(1))).toBeUndefined();
});
