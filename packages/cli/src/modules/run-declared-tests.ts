/**
 * Run by Node's test runner for `wasmcast test`: each case of the files that the environment names becomes a test, so that
 * declared tests and a project's own are reported in one way.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { suite, test } from 'node:test';
import { parseCases } from '@wasmcast/core';
import { runCase } from '@wasmcast/host/testing';
import { type DeclaredTests, variable } from './declared-tests.ts';

const given = process.env[variable];
if (given !== undefined) {
  const { module, files } = JSON.parse(given) as DeclaredTests;
  for (const file of files) {
    const { cases } = parseCases({ file, text: await readFile(file, 'utf8') });
    if (cases === undefined) throw new Error(`${file} has changed`);
    const own = cases.module === undefined ? module : path.resolve(path.dirname(file), cases.module);
    void suite(path.relative(process.cwd(), file), () => {
      for (const one of cases.cases) void test(one.name, () => runCase(own, cases, one));
    });
  }
}
