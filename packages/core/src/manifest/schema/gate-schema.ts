import { z } from 'zod';
import { quantityPattern } from '../quantity.ts';
import { duration, labelName, line, percentage } from './words.ts';

/** Keys of which a gate has exactly one: what it measures. */
export const gateKinds = ['stats', 'prometheus', 'http', 'webhook'] as const;

const url = (): z.ZodString =>
  line(2048, 'a URL').refine(
    isHttpUrl,
    'write an http:// or https:// URL without a user name or password in it',
  );

const most = (what: string): z.ZodDefault<z.ZodInt> =>
  z.int().min(0, 'write 0 or more').default(0).describe(what);

const stats = z
  .strictObject({
    maxVmFailures: most('VMs of filters that may die.'),
    maxVmReloads: most('VMs of filters that may be made anew after they died (`onFailure: reload`).'),
    maxRestarts: most('Containers that may be started again.'),
    maxUnavailable: most('Instances that may be not ready at a time, once they were, or their time is over.'),
    maxErrorRate: percentage().optional().describe('Share of requests that may be answered with 5xx.'),
    maxErrorRateIncrease: percentage()
      .optional()
      .describe('By how many percentage points that share may be larger than before the wave.'),
    maxForbiddenRate: percentage()
      .optional()
      .describe(
        'Share of requests that may be answered with 403, as by a placeholder for an image that did not come.',
      ),
    maxResponseFlags: z
      .record(
        z.string().regex(/^[A-Z]{2,8}$/, 'write a response flag of Envoy, like `NFCF` or `UF`'),
        percentage(),
      )
      .optional()
      .describe("Shares of requests that may carry these response flags of Envoy, as in `NFCF: '0%'`."),
    maxP99Ms: z
      .number()
      .positive('write milliseconds, more than 0')
      .optional()
      .describe('Milliseconds that 99 of 100 requests may take at most.'),
    maxP99Increase: z
      .string()
      .regex(/^\d{1,4}%$/, 'write a percentage in quotes, like `20%`')
      .optional()
      .describe('By how much longer than before the wave 99 of 100 requests may take.'),
    maxMemoryGrowth: z
      .string()
      .regex(quantityPattern, 'write bytes like `512Ki`, `5Mi` or `1Gi`')
      .optional()
      .describe('By how much the memory of a proxy may grow in a minute, as the trend since its warm-up.'),
    warmUp: duration().default('1m').describe('How long the memory of an instance is not looked at.'),
    minRequests: z
      .int()
      .min(0, 'write 0 or more')
      .default(1)
      .describe(
        'Rates are judged over so many requests of the whole wave or more; fewer decide nothing. 0 demands no traffic.',
      ),
  })
  .describe(
    'What the proxies themselves count, and whether their instances run. What a bound needs and no proxy shows is never a pass.',
  );

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
      .describe('Measurements that must pass. While a wave pauses it is measured on.'),
    failureLimit: z
      .int()
      .min(0, 'write 0 or more')
      .max(1000, 'write at most 1000')
      .default(0)
      .describe('Measurements that may fail; the rollout fails with one more.'),
  })
  .meta({
    description: 'What must hold after each wave: exactly one of stats, prometheus, http and webhook.',
    oneOf: gateKinds.map((kind) => ({ required: [kind] })),
  });

/** A gate as it is after reading, defaults filled in. */
export type GateEntry = z.output<typeof gateSchema>;

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
