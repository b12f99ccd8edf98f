import * as z from 'zod';
import { parseSha256 } from '../digest.ts';
import type { Plan } from './plan.ts';

/** A plan read from a file, or the reason why it is none. */
export type ParsedPlan =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Reads a saved plan. A plan may have been made elsewhere and is not trusted: its shape is checked whole, and the target
 * checks each step against what it finds before it writes.
 */
export function parsePlan(text: string): ParsedPlan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { kind: 'invalid', reason: error instanceof Error ? error.message : 'it is not JSON' };
  }
  const parsed = planSchema.safeParse(data);
  if (parsed.success) return { kind: 'plan', plan: parsed.data as unknown as Plan };
  const [issue] = parsed.error.issues;
  return { kind: 'invalid', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}` };
}

const sha256 = z.string().refine((value) => parseSha256(value) !== undefined, 'expected 64 hex digits');

const workload = z.object({
  target: z.string(),
  namespace: z.string(),
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'LocalService']),
  name: z.string(),
});

const filter = z.object({
  name: z.string(),
  moduleDigest: sha256,
  moduleSize: z.int().nonnegative(),
  image: z.object({ reference: z.string(), digest: sha256, pullSecret: z.string().optional() }).optional(),
  served: z.string().optional(),
  delivery: z.enum(['configmap', 'image', 'http', 'embedded']),
  position: z.enum(['first', 'authn', 'authz', 'last']),
  rootId: z.string(),
  vmId: z.string(),
  allowPrecompiled: z.boolean(),
  env: z.record(z.string(), z.string()),
  config: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('text'), text: z.string() }),
    z.object({ kind: z.literal('json'), value: z.record(z.string(), z.json()) }),
  ]),
  onFailure: z.enum(['closed', 'open', 'reload']),
});

const direction = z.enum(['inbound', 'outbound', 'gateway']);

const writer = z.object({ manager: z.string(), at: z.string().optional() });

const drift = z.object({
  kind: z.enum(['missing', 'edited', 'extra']),
  object: z.string(),
  fields: z.array(z.string()),
  by: writer.optional(),
  workload: z.string().optional(),
  policy: z.enum(['correct', 'warn', 'ignore']),
});

const step = z.object({
  id: z.string(),
  stage: z.enum(['prepare', 'change', 'cleanup']),
  workload: z.string().optional(),
  summary: z.string(),
  precondition: z.json(),
  before: z.json(),
  after: z.json(),
  restarts: z.int().nonnegative(),
  changedBy: writer.optional(),
});

const action = z.object({
  kind: z.enum(['install', 'update', 'reconfigure', 'reorder', 'remove', 'repair']),
  workload: z.string(),
  direction,
  filter: z.string(),
  before: filter.optional(),
  after: filter.optional(),
});

const chain = z.object({ workload, direction, filters: z.array(filter) });

const wave = z.object({
  workloads: z.array(z.string()).min(1),
  instances: z.int().nonnegative(),
  restarts: z.int().nonnegative(),
  pauseMs: z.number().nonnegative(),
  manual: z.boolean(),
});

const count = z.int().nonnegative();
const reach = z.object({ workloads: count, instances: count, namespaces: count });

const impact = z.object({
  workloads: z.array(
    z.object({
      workload: z.string(),
      instances: z.array(z.string()),
      restarts: count,
      failClosed: z.array(z.object({ direction, filter: z.string() })),
      starts: z.array(z.string()),
    }),
  ),
  reaches: reach,
  of: reach,
  cost: z
    .object({ vms: count, compileMs: z.number().nonnegative(), memoryBytes: z.number().nonnegative() })
    .optional(),
});

const unfinished = z.object({
  id: z.string(),
  version: z.int().positive(),
  phase: z.enum(['rolling', 'paused', 'stopped', 'going-back', 'went-back']),
  reason: z.string().optional(),
  inWaves: z.literal(true).optional(),
  finished: z.int().nonnegative(),
  promoted: z.int().nonnegative(),
  same: z.boolean(),
});

const gate = z.object({
  name: z.string(),
  check: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('stats'),
      maxVmFailures: z.int().nonnegative(),
      maxVmReloads: z.int().nonnegative(),
      maxRestarts: z.int().nonnegative(),
      maxUnavailable: z.int().nonnegative(),
      maxErrorRate: z.number().optional(),
      maxErrorRateIncrease: z.number().optional(),
      maxForbiddenRate: z.number().optional(),
      maxResponseFlags: z.record(z.string(), z.number()).optional(),
      maxP99Ms: z.number().optional(),
      maxP99Increase: z.number().optional(),
      maxMemoryGrowth: z.number().optional(),
      warmUpMs: z.number().nonnegative(),
      minRequests: z.int().nonnegative(),
    }),
    z.object({
      kind: z.literal('prometheus'),
      url: z.url(),
      query: z.string(),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
    z.object({ kind: z.literal('http'), url: z.url(), status: z.int() }),
    z.object({ kind: z.literal('webhook'), url: z.url() }),
  ]),
  intervalMs: z.number().positive(),
  count: z.int().positive(),
  failureLimit: z.int().nonnegative(),
});

const rollout = z.object({
  timeoutMs: z.number().positive(),
  gates: z.array(gate),
  maxRestarting: z.int().positive().optional(),
  onFailure: z.enum(['rollback', 'stop', 'pause']),
});

const probe = z.object({
  workload: z.string(),
  summary: z.string(),
  required: z.boolean(),
  native: z.json(),
});

const planSchema = z.object({
  schema: z.literal('wasmcast.dev/plan/v1'),
  fleet: z.string(),
  cause: z.string(),
  removeAll: z.boolean(),
  rollout,
  targets: z.array(
    z.object({
      target: z.string(),
      actions: z.array(action),
      steps: z.array(step),
      expected: z.array(chain),
      previous: z.array(chain),
      probes: z.array(probe).optional(),
      waves: z.array(wave),
      impact: z.array(impact).optional(),
      unfinished: unfinished.optional(),
      drift: z.array(drift).optional(),
      left: z.array(z.string()).optional(),
      revision: z.int().nonnegative().optional(),
      restarts: z.array(
        z.object({ workload: z.string(), instances: z.int().nonnegative(), note: z.string().optional() }),
      ),
      versions: z.array(z.string()),
      instances: z.int().nonnegative(),
      seen: z.record(z.string(), z.string()),
    }),
  ),
  warnings: z.array(
    z.looseObject({ severity: z.literal(['warning', 'info']), code: z.string(), summary: z.string() }),
  ),
});
