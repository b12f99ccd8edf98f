/**
 * Runs all parts of CI, prints how long each took, and ends with `N passed, N failed` over every test. A part that fails
 * does not keep the others from running, except where they need what it makes.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

interface Part {
  readonly name: string;
  /** An npm script and its arguments. */
  readonly script: readonly string[];
  /** Minutes that it may take on a machine with nothing in its caches. */
  readonly budget: number;
  /** Minutes after which it is ended: the budget is for two cores that nobody else uses. */
  readonly limit: number;
  /** True if it runs vitest: its tests are counted. */
  readonly tests?: boolean;
}

const parts: readonly Part[] = [
  { name: 'lint', script: ['lint'], budget: 1, limit: 5 },
  { name: 'types', script: ['types'], budget: 1, limit: 5 },
  // Before the tests: some of them build a little more out of the same Go modules.
  { name: 'cluster builds', script: ['testbed', '--', 'build'], budget: 25, limit: 40 },
  { name: 'tests', script: ['test'], budget: 25, limit: 35, tests: true },
  { name: 'mesh tests', script: ['test:mesh'], budget: 25, limit: 35, tests: true },
];

interface Outcome {
  readonly part: Part;
  readonly ok: boolean;
  readonly minutes: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

async function runPart(part: Part, scratch: string): Promise<Outcome> {
  process.stdout.write(`\n=== ${part.name}\n`);
  const report = path.join(scratch, `${part.name}.json`);
  const counting =
    part.tests === true ? ['--', '--reporter=default', '--reporter=json', `--outputFile=${report}`] : [];
  const began = performance.now();
  const child = spawn('npm', ['run', ...part.script, ...counting], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, WASMCAST_SEED_BASE: String(seedBase) },
    timeout: part.limit * 60_000,
    killSignal: 'SIGTERM',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const minutes = (performance.now() - began) / 60_000;
  const counts = part.tests === true ? await readCounts(report) : { passed: 0, failed: 0, skipped: 0 };
  // A runner that dies before its report is a failure, even if no test of its own failed.
  const failed = code === 0 ? counts.failed : Math.max(1, counts.failed);
  return { part, ok: code === 0, minutes, ...counts, failed };
}

async function readCounts(report: string): Promise<{ passed: number; failed: number; skipped: number }> {
  const text = await readFile(report, 'utf8').catch(() => '{}');
  const parsed = JSON.parse(text) as Partial<
    Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests', number>
  >;
  return {
    passed: parsed.numPassedTests ?? 0,
    failed: parsed.numFailedTests ?? 0,
    skipped: parsed.numPendingTests ?? 0,
  };
}

/** The commit as a number: each commit tries other cases of the randomised tests, and the same ones whenever it is run. */
async function seedOfCommit(): Promise<number> {
  const run = promisify(execFile);
  const commit = await run('git', ['rev-parse', '--short=8', 'HEAD']).catch(() => ({ stdout: '0' }));
  return Number.parseInt(commit.stdout.trim().slice(0, 8), 16) % 1_000_000_000;
}

const seedBase = await seedOfCommit();
process.stdout.write(`seed of the commit: ${seedBase}\n`);
const scratch = await mkdtemp(path.join(tmpdir(), 'wasmcast-ci-'));
const outcomes: Outcome[] = [];
try {
  for (const part of parts) outcomes.push(await runPart(part, scratch));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

process.stdout.write('\n=== parts\n');
for (const { part, ok, minutes, passed, failed, skipped } of outcomes) {
  const tests = part.tests === true ? `${passed} passed, ${failed} failed, ${skipped} skipped` : '';
  process.stdout.write(
    `${part.name.padEnd(16)} ${ok ? 'ok    ' : 'FAILED'} ${minutes.toFixed(1).padStart(5)} of ${String(part.budget).padStart(2)} min  ${tests}\n`,
  );
}
const sum = (of: (o: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
process.stdout.write(`\n${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed\n`);
process.exitCode = outcomes.every((o) => o.ok) ? 0 : 1;
