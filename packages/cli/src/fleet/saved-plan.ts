import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type Fleet,
  type JsonObject,
  type Plan,
  WasmcastError,
  canonicalJson,
  parsePlan,
} from '@wasmcast/core';

/** A saved plan larger than this is refused unread: 16 modules of a ConfigMap's limit fit. */
const maxBytes = 64 * 1024 * 1024;

const makeNew = 'make a new one: wasmcast plan -o json > plan.json';

/** A plan with a digest of all that it says: what is applied later is what was looked at. No protection from an enemy. */
export function savedPlan(plan: Plan): Plan & { readonly digest: string } {
  return { ...plan, digest: digestOf(plan as unknown as JsonObject) };
}

/** Reads a saved plan. Throws `WC-PLAN-012`, `-013` or `-015` (65) for what is none, or was changed since it was made. */
export async function readPlan(file: string, cwd: string): Promise<Plan> {
  const full = path.resolve(cwd, file);
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || !info.isFile()) throw invalid('WC-PLAN-012', `there is no plan ${file}`);
  if (info.size > maxBytes) throw invalid('WC-PLAN-012', `the plan ${file} is larger than 64 MiB`);
  const text = await readFile(full, 'utf8');
  const parsed = parsePlan(text);
  if (parsed.kind === 'invalid') throw invalid('WC-PLAN-013', `${file} is not a plan: ${parsed.reason}`);
  const { digest, ...rest } = JSON.parse(text) as JsonObject;
  if (digest !== digestOf(rest))
    throw invalid('WC-PLAN-015', `${file} was changed since it was made: its digest does not fit`);
  return parsed.plan;
}

/** The part of a saved plan for these targets. Throws (65) when it is not for this manifest, before anything is done. */
export function planFor(plan: Plan, file: string, fleet: Fleet, only: readonly string[]): Plan {
  if (plan.fleet !== fleet.name)
    throw invalid('WC-PLAN-014', `${file} is for fleet ${plan.fleet}; the manifest is fleet ${fleet.name}`);
  for (const { target } of plan.targets) {
    if (!fleet.targets.some((t) => t.name === target))
      throw invalid('WC-PLAN-011', `${file} is for target ${target}, which the manifest does not have`);
  }
  if (only.length === 0) return plan;
  return { ...plan, targets: plan.targets.filter((part) => only.includes(part.target)) };
}

function digestOf(plan: JsonObject): string {
  return `sha256:${createHash('sha256').update(canonicalJson(plan)).digest('hex')}`;
}

function invalid(code: string, message: string): WasmcastError {
  return new WasmcastError(code, message, { exit: 'invalid', help: makeNew });
}
