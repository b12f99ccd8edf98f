import {
  type GateSpec,
  type RolloutRules,
  type StatsCheck,
  type Step,
  type TargetPlan,
  type Wave,
  printable,
  redactedUrl,
} from '@wasmcast/core';
import { impactLines } from './impact-text.ts';
import { type Paint, bounded, count, span } from './text.ts';

/** Of the workloads of a wave, so many are named. */
const namedAtMost = 5;

/** Of the writes of a wave, so many are listed: the plan file has them all. */
const listedAtMost = 10;

/** In which order a target is written: wave by wave, what must hold between them, and what becomes of a failure. */
export function orderLines(part: TargetPlan, rules: RolloutRules, p: Paint): readonly string[] {
  const stage = (name: Step['stage']): readonly Step[] => part.steps.filter((step) => step.stage === name);
  const [before, after] = [stage('prepare'), stage('cleanup')];
  const changes = Map.groupBy(stage('change'), (step) => step.workload ?? '');
  const { unfinished } = part;
  const through = unfinished?.same === true && unfinished.phase !== 'went-back' ? unfinished.finished : 0;
  const waves = part.waves.flatMap((wave, index) => [
    `  ${p.bold(`wave ${index + 1} of ${part.waves.length}`)}${index < through ? ', which is through' : ''}: ${waveText(wave, part.target)}`,
    ...impactLines(part, index).map((line) => `    ${p.dim(line)}`),
    ...stepLines(wave.workloads.flatMap((workload) => changes.get(workload) ?? [])),
    ...(index < through ? [] : afterWave(wave)).map((line) => `    ${p.yellow(line)}`),
  ]);
  return [
    ...(before.length === 0 ? [] : [`  ${p.bold('first, what nothing uses yet')}`, ...stepLines(before)]),
    ...probeLines(part, p),
    ...waves,
    ...(part.waves.length === 0 ? [] : ruleLines(rules, p)),
    ...(after.length === 0 ? [] : [`  ${p.bold('when all is live')}`, ...stepLines(after)]),
  ];
}

/** `shop/LocalService/cart and 3 more (12 instances, 4 restart)`. */
export function waveText({ workloads, instances, restarts }: Wave, target: string): string {
  const restart = restarts === 0 ? 'none restarts' : `${restarts} restart${restarts === 1 ? 's' : ''}`;
  return `${workloadNames(workloads, target)} (${count(instances, 'instance')}, ${restart})`;
}

/** The names of workloads of one target, without the target, and not too many. */
export function workloadNames(addresses: readonly string[], target: string): string {
  const names = addresses.map((address) => printable(address.slice(target.length + 1)));
  return bounded(names, namedAtMost);
}

/** What is started and seen live before any workload is touched. */
function probeLines({ probes = [], target }: TargetPlan, p: Paint): readonly string[] {
  if (probes.length === 0) return [];
  return [
    `  ${p.bold('before the first wave, started fresh and seen live')}`,
    ...probes.map(
      ({ summary, workload }) =>
        `    ${printable(summary)}, in the place of ${workloadNames([workload], target)}`,
    ),
  ];
}

function stepLines(steps: readonly Step[]): readonly string[] {
  const rest = steps.length - listedAtMost;
  const lines = steps.slice(0, listedAtMost).map((step) => `    ${printable(step.summary)}`);
  return rest <= 0 ? lines : [...lines, `    and ${count(rest, 'more write')}`];
}

function afterWave({ pauseMs, manual }: Wave): readonly string[] {
  return [
    ...(pauseMs === 0 ? [] : [`then pauses for ${span(pauseMs)}`]),
    ...(manual ? ['then waits for `wasmcast promote`'] : []),
  ];
}

function ruleLines(
  { timeoutMs, gates, maxRestarting, onFailure }: RolloutRules,
  p: Paint,
): readonly string[] {
  const most =
    maxRestarting === undefined ? '' : `, at most ${count(maxRestarting, 'workload')} restarting at a time`;
  return [
    `  ${p.bold('after each wave')}: every instance is seen live within ${span(timeoutMs)}${most}`,
    ...gates.map((gate) => `    gate ${printable(gateText(gate))}`),
    `  ${p.bold('on failure')}: ${failureText(onFailure)}`,
  ];
}

function failureText(onFailure: RolloutRules['onFailure']): string {
  switch (onFailure) {
    case 'rollback':
      return 'all that was touched goes back by itself';
    case 'pause':
      return 'it pauses if a gate fails, and stops for all else; what was written stays';
    case 'stop':
      return 'it stops, and what was written stays';
  }
}

/** `probe: GET http://… answers 200; 3 passes, every 10s, at most 1 fails`. */
function gateText(gate: GateSpec): string {
  const { name, intervalMs, count: passes, failureLimit } = gate;
  const often = `${count(passes, 'measurement')}${passes === 1 ? '' : ` every ${span(intervalMs)}`}`;
  return `${name}: ${checkText(gate.check)}; ${often}, ${failureLimit === 0 ? 'none' : `at most ${failureLimit}`} may fail`;
}

function checkText(check: GateSpec['check']): string {
  switch (check.kind) {
    case 'stats':
      return `counters of the proxies: ${boundsText(check).join(', ')}`;
    case 'prometheus': {
      const { query, min, max } = check;
      const bounds = [
        ...(min === undefined ? [] : [`at least ${min}`]),
        ...(max === undefined ? [] : [`at most ${max}`]),
      ];
      return `Prometheus ${query}: ${bounds.join(' and ')}`;
    }
    case 'http':
      return `GET ${redactedUrl(check.url)} answers ${check.status}`;
    case 'webhook':
      return `POST ${redactedUrl(check.url)} answers 200`;
  }
}

function boundsText(check: StatsCheck): readonly string[] {
  const { maxErrorRate, maxErrorRateIncrease, maxForbiddenRate, maxResponseFlags = {}, minRequests } = check;
  const { maxP99Ms, maxP99Increase, maxMemoryGrowth } = check;
  const most = (max: number, noun: string): string =>
    max === 0 ? `no ${noun}` : `at most ${count(max, noun)}`;
  return [
    most(check.maxVmFailures, 'dead VM'),
    most(check.maxVmReloads, 'reloaded VM'),
    most(check.maxRestarts, 'restart'),
    most(check.maxUnavailable, 'unready instance'),
    ...(maxErrorRate === undefined ? [] : [`5xx at most ${percent(maxErrorRate)}`]),
    ...(maxErrorRateIncrease === undefined
      ? []
      : [`5xx at most ${percent(maxErrorRateIncrease)} more than before`]),
    ...(maxForbiddenRate === undefined ? [] : [`403 at most ${percent(maxForbiddenRate)}`]),
    ...Object.entries(maxResponseFlags).map(([flag, max]) => `${flag} at most ${percent(max)}`),
    ...(maxP99Ms === undefined ? [] : [`p99 at most ${maxP99Ms} ms`]),
    ...(maxP99Increase === undefined ? [] : [`p99 at most ${percent(maxP99Increase)} longer than before`]),
    ...(maxMemoryGrowth === undefined
      ? []
      : [`memory at most ${Math.round(maxMemoryGrowth / 1024)} KiB a minute`]),
    ...(minRequests === 0 ? [] : [`${count(minRequests, 'request')} or more`]),
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}
