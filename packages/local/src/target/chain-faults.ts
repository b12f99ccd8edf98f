import { positions, workloadAddress, type Chain, type Diagnostic } from '@wasmcast/core';
import { maxChainLength } from '../fragments.ts';

/** Why an embedded service cannot take this chain; empty: it can. */
export function chainFaults(chain: Chain, serviceExists: boolean): readonly Diagnostic[] {
  const subject = workloadAddress(chain.workload);
  const fault = (code: string, summary: string, help: string): Diagnostic => ({
    severity: 'error',
    code,
    summary,
    help,
    subject,
  });
  const faults: Diagnostic[] = [];
  if (!serviceExists)
    faults.push(
      fault(
        'WC-LOC-020',
        `the embedded mesh has no service ${chain.workload.namespace}/${chain.workload.name}`,
        'add it to `services` of the target and start the mesh again',
      ),
    );
  if (chain.direction !== 'inbound')
    faults.push(
      fault(
        'WC-LOC-021',
        `an embedded service has no ${chain.direction} chain`,
        'use `direction: inbound` on a local target',
      ),
    );
  if (chain.filters.length > maxChainLength)
    faults.push(
      fault(
        'WC-LOC-027',
        `the chain has ${chain.filters.length} filters; an embedded service takes ${maxChainLength}`,
        'bind fewer filters to this service',
      ),
    );
  for (const filter of chain.filters)
    if (filter.delivery !== 'embedded')
      faults.push(
        fault(
          'WC-LOC-022',
          `the embedded mesh takes no filter (${filter.name}) by delivery "${filter.delivery}"`,
          'use `delivery: auto` or `embedded` on a local target',
        ),
      );
  const names = chain.filters.map((filter) => filter.name);
  for (const name of new Set(names.filter((n, index) => names.indexOf(n) !== index)))
    faults.push(
      fault('WC-LOC-023', `the filter ${name} stands twice in one chain`, 'name it in one binding only'),
    );
  // The mesh puts the filters of all fleets in the order of positions; a chain in another order could never be live.
  const ranks = chain.filters.map((filter) => positions.indexOf(filter.position));
  const wrong = ranks.findIndex((rank, index) => index > 0 && rank < (ranks[index - 1] ?? 0));
  if (wrong > 0)
    faults.push(
      fault(
        'WC-LOC-024',
        `the filter ${names[wrong]} of position "${chain.filters[wrong]?.position}" stands after one of a later position`,
        `order the chain by position: ${positions.join(', ')}`,
      ),
    );
  return faults;
}
