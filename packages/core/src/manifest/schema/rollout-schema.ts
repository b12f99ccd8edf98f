import { z } from 'zod';
import { durationPattern, parseDuration } from '../duration.ts';
import { parseWave, waveHelp } from '../wave-text.ts';
import { labelName, line } from './words.ts';

/** Keys of which a gate has exactly one: what it measures. */
export const gateKinds = ['stats', 'prometheus', 'http', 'webhook'] as const;

const durationHelp = 'write hours, minutes and seconds like `10m`, `90s` or `1h30m`, from 1s to 24h';

const duration = (): z.ZodString =>
  z.string().refine(isDuration, durationHelp).meta({ pattern: durationPattern });

const url = (): z.ZodString =>
  line(2048, 'a URL').refine(
    isHttpUrl,
    'write an http:// or https:// URL without a user name or password in it',
  );

const percentHelp = 'write a percentage in quotes, like `1%` or `0.5%`';

const wave = z
  .custom<number | string>((entry) => parseWave(entry) !== undefined, waveHelp)
  .meta({ type: ['integer', 'string'] })
  .describe('A step of the rollout: how far it goes, or a pause.');

const stats = z
  .strictObject({
    maxErrorRate: z
      .string()
      .regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, percentHelp)
      .optional()
      .describe('Share of requests that may be answered with 5xx.'),
    maxP99Ms: z
      .number()
      .positive('write milliseconds, more than 0')
      .optional()
      .describe('Milliseconds that 99 of 100 requests may take at most.'),
    minRequests: z
      .int()
      .min(1, 'write 1 or more')
      .default(1)
      .describe('With fewer requests than this on the whole wave the gate does not decide.'),
  })
  .describe("The proxies' own counters: requests, errors, latency, filters whose VM died.");

const prometheus = z
  .strictObject({
    url: url().describe('Base URL of Prometheus.'),
    query: line(4096, 'a query').describe('An instant query that gives one number.'),
    min: z.number().optional().describe('The least that the number may be.'),
    max: z.number().optional().describe('The most that the number may be.'),
  })
  .describe('A Prometheus query. No data is never a pass.');

const http = z
  .strictObject({
    url: url().describe('What is asked for with GET.'),
    status: z.int().min(100).max(599).default(200).describe('Status that must come back.'),
  })
  .describe('An HTTP probe.');

const webhook = z
  .strictObject({ url: url().describe('Where the wave is posted to, as JSON.') })
  .describe('A service of yours that decides: 200 passes, 202 waits for a person, 4xx fails.');

/** An entry of `rollout.gates`. */
export const gateSchema = z
  .strictObject({
    name: labelName(63).describe('Name of the gate, unique in the fleet.'),
    stats: stats.optional(),
    prometheus: prometheus.optional(),
    http: http.optional(),
    webhook: webhook.optional(),
    interval: duration().default('10s').describe('Time between two measurements.'),
    count: z
      .int()
      .min(1, 'write 1 or more')
      .max(1000, 'write at most 1000')
      .default(1)
      .describe('Measurements that must pass.'),
    failureLimit: z
      .int()
      .min(0, 'write 0 or more')
      .max(1000, 'write at most 1000')
      .default(0)
      .describe('Measurements that may fail before the rollout does.'),
  })
  .meta({
    description: 'What must hold after each wave: exactly one of stats, prometheus, http and webhook.',
    oneOf: gateKinds.map((kind) => ({ required: [kind] })),
  });

/** A gate as it is after reading, defaults filled in. */
export type GateEntry = z.output<typeof gateSchema>;

/** How a rollout proceeds. */
export const rolloutSchema = z
  .strictObject({
    timeout: duration()
      .default('10m')
      .describe(
        'How long the instances of a wave have, after its last write, to show what is expected of them: 10m, 90s, 1h30m.',
      ),
    probe: z
      .enum(['auto', 'required', 'off'])
      .default('auto')
      .describe(
        'Whether a probe, a pod with the chain and without the application, is started and seen live before the first wave: where it can be (auto), or else nothing is rolled out (required).',
      ),
    waves: z
      .array(wave)
      .min(1, 'name at least one wave, or leave the key out')
      .max(100, 'use at most 100 entries')
      .default([1, '10%', '50%', '100%'])
      .describe(
        'How far each wave goes: workloads in all (1), a share of all (10%), namespace=NAME, label:KEY=VALUE; `pause` waits for `wasmcast promote`, `pause 10m` for ten minutes. What is left over is the last wave.',
      ),
    gates: z
      .array(gateSchema)
      .max(20, 'use at most 20 gates')
      .default([])
      .describe('What must hold after each wave.'),
    maxRestarting: z
      .int()
      .min(1, 'write 1 or more, or leave the key out')
      .optional()
      .describe('How many workloads may restart at a time. Default: all of a wave.'),
    onFailure: z
      .enum(['rollback', 'stop'])
      .default('rollback')
      .describe(
        'What becomes of a rollout that fails: all that it touched goes back, or it stays for you to look.',
      ),
  })
  .describe('How a rollout proceeds. May stand once in a manifest.');

/** `rollout` as it is after reading, defaults filled in. */
export type RolloutEntry = z.output<typeof rolloutSchema>;

function isDuration(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= 1000 && ms <= 24 * 3_600_000;
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
