import { auditEntries, auditMark, isWrite } from '@wasmcast/testbed';
import type { Bed } from './bed.ts';
import { writeFleet } from './fleet.ts';
import type { Usage } from './usage.ts';
import type { WorldSize } from '../places.ts';
import { scaleWorld } from './world.ts';

/** What was measured while every workload had pods with sidecars, all of them read from the proxies' own admin pages. */
export interface Reading {
  readonly size: WorldSize;
  readonly pods: number;
  /** A plan with nothing to do. */
  readonly plan: readonly Usage[];
  readonly verify: readonly Usage[];
  /** An apply with nothing to do, which sees everything live too; and what it wrote. */
  readonly apply: readonly Usage[];
  readonly writes: number;
}

/** Installs the batch, gives every workload so many pods, and has their sidecars read. */
export async function measureReading(
  bed: Bed,
  size: WorldSize,
  replicas: number,
  rounds: number,
  say: (line: string) => void,
): Promise<Reading> {
  const { client, server, wasmcast, sidecars } = bed;
  await writeFleet(bed.folder, size, bed.images);
  await wasmcast.run('apply');
  await sidecars.refresh(client);
  const pods = size.workloads * replicas;
  say(`${pods} pods ...`);
  await scaleWorld(client, size, replicas);
  const done = { plan: [] as Usage[], verify: [] as Usage[], apply: [] as Usage[] };
  const before = await auditMark(server);
  for (let round = 1; round <= rounds; round++) {
    done.plan.push(await wasmcast.run('plan'));
    const verified = await wasmcast.run('verify');
    if (!verified.stdout.includes(`${pods} of ${pods} instances live`))
      throw new Error(`not all live: ${verified.stdout.slice(-300)}`);
    done.verify.push(verified);
    done.apply.push(await wasmcast.run('apply'));
    say(
      `${pods} sidecars, round ${round}: verify ${((done.verify.at(-1)?.wallMs ?? 0) / 1000).toFixed(1)} s`,
    );
  }
  const writes = (await auditEntries(server, before, { userAgent: 'wasmcast/' })).filter(isWrite).length;
  await scaleWorld(client, size, 0);
  await wasmcast.run('remove');
  return { size, pods, writes, ...done };
}
