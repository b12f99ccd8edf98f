/**
 * Runs all parts of CI, prints how long each took, and ends with `N passed, N failed` over every test. A part that fails
 * does not keep the others from running, except where they need what it makes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

interface Part {
  readonly name: string;
  /** An npm script and its arguments. */
  readonly script: readonly string[];
  /** Minutes after which it is ended. */
  readonly limit: number;
  /** True if it runs vitest: its tests are counted. */
  readonly tests?: boolean;
}

const parts: readonly Part[] = [
  { name: 'lint', script: ['lint'], limit: 5 },
  { name: 'types', script: ['types'], limit: 5 },
  { name: 'tests', script: ['test'], limit: 20, tests: true },
  { name: 'cluster builds', script: ['testbed', '--', 'build'], limit: 35 },
  { name: 'mesh tests', script: ['test:mesh'], limit: 25, tests: true },
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
    `${part.name.padEnd(16)} ${ok ? 'ok    ' : 'FAILED'} ${minutes.toFixed(1).padStart(5)} min  ${tests}\n`,
  );
}
const sum = (of: (o: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
process.stdout.write(`\n${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed\n`);
process.exitCode = outcomes.every((o) => o.ok) ? 0 : 1;
