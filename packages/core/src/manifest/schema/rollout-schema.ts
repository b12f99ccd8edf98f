import { z } from 'zod';
import { parseWave, waveHelp } from '../wave-text.ts';
import { gateSchema } from './gate-schema.ts';
import { duration } from './words.ts';

const gatesHelp = 'list gates, each beginning with `- name:`, or write `none` to be judged by nothing';

const wave = z
  .custom<number | string>((entry) => parseWave(entry) !== undefined, waveHelp)
  .meta({ type: ['integer', 'string'] })
  .describe('A step of the rollout: how far it goes, or a pause.');

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
        'How far each wave goes: workloads in all (1), a share of all (10%), namespace=NAME, label:KEY=VALUE, target=NAME; `pause` waits for `wasmcast promote`, `pause 10m` for ten minutes. What is left over is the last wave. Targets named here are rolled out in this order, before the others, each when the one before it is live; a pause behind one concerns it alone.',
      ),
    gates: z
      .union([z.literal('none'), z.array(gateSchema).max(20, 'use at most 20 gates')], gatesHelp)
      .default([])
      .describe(
        'What must hold after each wave. Named none, a gate `default` judges what the proxies themselves show for five seconds, and for as long as the wave pauses: no VM of a filter dies or is made anew, no container is started again, all instances are ready, and 5xx are at most one percentage point more than before the wave; traffic is not demanded, and one bad measurement is forgiven. `none` switches that off: then it is enough that every instance is seen live.',
      ),
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
