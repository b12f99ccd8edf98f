import { z } from 'zod';

/** The policy for drift, of the fleet or of one filter. */
export const driftSchema = z
  .enum(['correct', 'warn', 'ignore'])
  .describe(
    'What apply does where somebody changed what was made live: make it again as it was (correct, the default), say so and leave it (warn), or leave it (ignore). A filter has its own word; a workload is left only if each of its filters may be.',
  );
