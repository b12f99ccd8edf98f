import { type Chain, type DesiredFilter, type Diagnostic, isFetched, workloadAddress } from '@wasmcast/core';
import { type IstioSettings, type Native, type NativeWorkload, rootNamespace } from '../native.ts';
import { maxConfigMapBytes } from './config-map.ts';
import { codes, refuse } from './fault.ts';
import { imageFaults, sharedVmRemarks } from './image-faults.ts';
import { versionFaults } from './version-faults.ts';
import { overlapFault, proxyRole } from './workload-faults.ts';

/** Why a wanted chain cannot be delivered to a workload as it is. All reasons at once. */
export function chainFaults(
  chain: Chain,
  workload: NativeWorkload,
  native: Native,
  settings: IstioSettings,
): readonly Diagnostic[] {
  const subject = workloadAddress(chain.workload);
  const faults: Diagnostic[] = [];
  const gateway = proxyRole(workload) === 'gateway';
  if (gateway !== (chain.direction === 'gateway')) {
    faults.push(
      gateway
        ? refuse(
            codes.directionOfGateway,
            subject,
            `${workload.id.name} is a gateway`,
            'bind with direction: gateway',
          )
        : refuse(
            codes.directionOfGateway,
            subject,
            `${workload.id.name} is not a gateway`,
            'bind with direction: inbound or outbound',
          ),
    );
  }
  faults.push(...orderFaults(chain, subject));
  for (const filter of chain.filters) {
    if (filter.delivery === 'configmap') faults.push(...configMapFaults(filter, subject, gateway));
    else if (isFetched(filter)) faults.push(...imageFaults(filter, subject));
    else {
      faults.push(
        refuse(
          codes.embedded,
          subject,
          `filter ${filter.name} asks for embedded delivery, which only the local target has`,
          'use delivery: configmap, image or http',
        ),
      );
    }
  }
  faults.push(...sharedVmRemarks(chain.filters, subject));
  // In the root namespace it is asked of every delivery.
  if (workload.id.namespace !== rootNamespace && chain.filters.some(isFetched)) {
    const overlap = overlapFault(workload, native);
    if (overlap !== undefined) faults.push(overlap);
  }
  faults.push(...versionFaults(chain, workload, native, settings));
  return faults;
}

/** The order in which Istio itself puts what the two kinds of objects carry. */
const slots = [
  'first configmap',
  'first image',
  'authn image',
  'authz image',
  'last image',
  'last configmap',
];

function orderFaults(chain: Chain, subject: string): readonly Diagnostic[] {
  let highest: { readonly slot: number; readonly filter: DesiredFilter } | undefined;
  const faults: Diagnostic[] = [];
  for (const filter of chain.filters) {
    const slot = slots.indexOf(`${filter.position} ${isFetched(filter) ? 'image' : filter.delivery}`);
    if (slot < 0) continue; // a fault of its own
    if (highest !== undefined && slot < highest.slot) {
      faults.push(
        refuse(
          codes.interleaving,
          subject,
          `${filter.name} (${filter.delivery}, ${filter.position}) cannot come after ${highest.filter.name} (${highest.filter.delivery}, ${highest.filter.position}): Istio puts them the other way round`,
          'deliver both the same way, or change their order: at `first`, configmap before image; at `last`, image before configmap',
        ),
      );
    } else highest = { slot, filter };
  }
  return faults;
}

function configMapFaults(filter: DesiredFilter, subject: string, gateway: boolean): readonly Diagnostic[] {
  const faults: Diagnostic[] = [];
  if (gateway) {
    faults.push(
      refuse(
        codes.gatewayNeedsImage,
        subject,
        `filter ${filter.name}: Istio mounts no volumes of ours into gateways, so a configmap does not reach them`,
        'push the module and use delivery: image',
      ),
    );
  }
  if (filter.position === 'authn' || filter.position === 'authz') {
    faults.push(
      refuse(
        codes.positionNeedsImage,
        subject,
        `filter ${filter.name}: position ${filter.position} cannot be had by configmap delivery`,
        'use position first or last, or push the module and use delivery: image',
      ),
    );
  }
  if (filter.moduleSize > maxConfigMapBytes) {
    faults.push(
      refuse(
        codes.moduleTooLarge,
        subject,
        `filter ${filter.name}: its module has ${filter.moduleSize} bytes, and a ConfigMap holds ${maxConfigMapBytes}`,
        'push the module and use delivery: image, or build it smaller',
      ),
    );
  }
  return faults;
}
