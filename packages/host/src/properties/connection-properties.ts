import { Status } from '../abi/status.ts';
import type { PropertyResult } from './property-source.ts';
import type { PropertyValue } from './property-value.ts';

/** What a connection knows of itself. */
export interface ConnectionFacts {
  /** When it began, in nanoseconds since the epoch. */
  readonly startedAt: bigint;
  /** Bytes from the client, and to it. */
  readonly received: number;
  readonly sent: number;
}

const int = (value: number): PropertyValue => ({ kind: 'int', value: BigInt(value) });

/**
 * The properties `request` and `response` of a connection: Envoy has them without any HTTP, with sizes and without headers
 * (envoy source/extensions/filters/common/expr/context.cc RequestWrapper, ResponseWrapper).
 */
export function connectionProperties(facts: ConnectionFacts, parts: readonly string[]): PropertyResult {
  const [top, name, ...rest] = parts;
  if (top === 'filter_state' && name === undefined) return Status.SerializationFailure;
  if (top !== 'request' && top !== 'response') return undefined;
  if (name === undefined) return Status.SerializationFailure;
  if (rest.length > 0) return Status.NotFound;
  const bytes = top === 'request' ? facts.received : facts.sent;
  switch (name) {
    case 'size':
    case 'total_size':
      return int(bytes);
    case 'headers':
      return { kind: 'map', value: [] };
    case 'trailers':
      return top === 'response' ? { kind: 'map', value: [] } : Status.NotFound;
    case 'flags':
      return top === 'response' ? int(0) : Status.NotFound;
    case 'time':
      return top === 'request' ? { kind: 'time', value: facts.startedAt } : Status.NotFound;
    default:
      return Status.NotFound;
  }
}
