import { kinds, pathOf } from './kinds.ts';
import { type Call, reading } from './send.ts';

/** The log of a container since a time, each line with its time in front: of what there is the first `maxBytes`. */
export interface LogQuery {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly since: Date;
  readonly maxBytes: number;
  /** Of the container before it was started again. */
  readonly previous?: boolean;
  /** Only the last so many lines. */
  readonly tailLines?: number;
}

/** The call that reads a log; its answer is text. */
export function logCall({ namespace, name, container, since, maxBytes, ...of }: LogQuery): Call {
  const query = new URLSearchParams({
    container,
    timestamps: 'true',
    sinceTime: since.toISOString().replace(/\.\d+Z$/, 'Z'),
    limitBytes: String(maxBytes),
    ...(of.tailLines !== undefined && { tailLines: String(of.tailLines) }),
    ...(of.previous === true && { previous: 'true' }),
  });
  const request = { verb: 'get', resource: 'pods/log', namespace, name };
  return reading(request, `${pathOf(kinds.Pod, namespace, name)}/log?${query.toString()}`, '*/*');
}
