import type { AbiVersion } from '../../src/index.ts';
import { unknownTo, type Call } from './calls.ts';
import type { Phase } from './phases.ts';

/** Where this host and Envoy 1.40 are known not to do the same, and why it stays so. */
export interface Difference {
  /** As the table shows it. */
  readonly name: string;
  readonly what: string;
  readonly reason: string;
  readonly cells: readonly (readonly [Phase, Call])[];
}

/** A cell named here has to differ: the test fails for one that does not any more. */
export const differences: readonly Difference[] = [
  {
    name: 'late-headers',
    what: 'In on_log Envoy shows the response headers `date` and `server` and its own `connection`; here they are absent.',
    reason:
      'They belong to the HTTP server, which adds them behind the filters; this host knows no HTTP server, only what passed the filters.',
    cells: [['log', 'get_header_map_pairs']],
  },
  {
    name: 'closed-in-create',
    what: 'A stream or connection that is closed while its context is created ends before its first callback in Envoy, which is called none the less; here it ends after it.',
    reason:
      'A module that hears of a context that is deleted already is worse than one that does not; the client sees the same.',
    cells: [
      ['create', 'close_stream(request)'],
      ['create', 'close_stream(response)'],
      ['tcp_create', 'close_stream(others)'],
    ],
  },
];

/** Those that a module of this ABI can meet, with the cells in which it does. */
export function differencesOf(abi: AbiVersion): readonly Difference[] {
  return differences
    .map((each) => ({ ...each, cells: each.cells.filter(([, call]) => !unknownTo[abi].includes(call)) }))
    .filter(({ cells }) => cells.length > 0);
}

export function differenceOf(phase: Phase, call: Call): Difference | undefined {
  return differences.find(({ cells }) => cells.some(([p, c]) => p === phase && c === call));
}

/** What older Envoys do in another way, beside the differences above: it is not imitated. */
export const ofOlderEnvoys: readonly {
  readonly before: string;
  readonly call: Call;
  readonly what: string;
}[] = [
  { before: '1.39', call: 'wasi', what: 'poll_oneoff without subscriptions answers ENOSYS (52), not 0' },
];
