import { z } from 'zod';
import { labelName, labels, objectName } from './words.ts';

const select = z
  .strictObject({
    namespace: labelName(63).describe('Namespace of the workloads.'),
    kind: z
      .enum(['Deployment', 'StatefulSet', 'DaemonSet', 'LocalService'])
      .optional()
      .describe('Kind of the workloads. Default: every kind. LocalService is a service of a local target.'),
    name: objectName().optional().describe('Name of one workload.'),
    labels: labels("Labels of the workload's pods; all must match.").default({}),
    all: z
      .literal(true, 'write `true`, or leave the key out')
      .optional()
      .describe('In the place of a name and labels: every workload of the namespace, also those to come.'),
    rootNamespace: z
      .literal(true, 'write `true`, or leave the key out')
      .optional()
      .describe(
        "Allows workloads of the mesh's root namespace (istio-system), whose objects apply to matching pods of every namespace.",
      ),
  })
  .meta({
    description: 'Which workloads: a namespace, and a name or labels or both, or `all: true`.',
    anyOf: [{ required: ['name'] }, { required: ['labels'] }, { required: ['all'] }],
  });

/** An entry of `bindings`. */
export const bindingSchema = z
  .strictObject({
    name: labelName(63).describe('Name of the binding, unique in the fleet.'),
    target: z.string().describe('Name of the target.'),
    select,
    direction: z
      .enum(['inbound', 'outbound', 'gateway'])
      .default('inbound')
      .describe(
        'Which requests: those that come to the workload, those that it sends, or those through a gateway.',
      ),
    position: z
      .enum(['first', 'authn', 'authz', 'last'])
      .default('last')
      .describe(
        "Where in the proxy's own filter chain the filters stand: in front of all, before authentication, before authorization, or last.",
      ),
    delivery: z
      .enum(['auto', 'configmap', 'image', 'http'])
      .default('auto')
      .describe(
        'How the modules reach the proxies. auto: image for a module in a registry, else what the target takes files by. http: from the `moduleServer` of the target.',
      ),
    chain: z
      .array(z.string())
      .min(1, 'name at least one filter')
      .describe('Names of filters, in the order in which a request meets them.'),
  })
  .describe('An ordered list of filters onto selected workloads.');

/** An entry of `bindings` as it is after reading, defaults filled in. */
export type BindingEntry = z.output<typeof bindingSchema>;
