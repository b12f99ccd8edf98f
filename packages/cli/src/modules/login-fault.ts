import type { Diagnostic, PullSecret, Target } from '@wasmcast/core';
import type { ImageReference } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { faultOf } from './fault-of.ts';

/** A pull by the proxies of a namespace, and what they log in with. */
export interface Login {
  readonly image: ImageReference;
  readonly namespace: string;
  readonly pullSecret: string;
}

/** Why the pull secret would not do: pkg/wasm/convert.go fails a filter whose secret istiod could not read. */
export async function loginFault(
  { image, namespace, pullSecret }: Login,
  target: Target,
  context: Context,
  signal: AbortSignal,
): Promise<Diagnostic | undefined> {
  if (target.pullSecret === undefined) return undefined;
  const { formatReference, isOciError, resolveImage, secretCredentials } = await import('@wasmcast/oci');
  const { registryOptions } = await import('./registry-options.ts');
  const name = `the Secret ${namespace}/${pullSecret}`;
  const fault = (
    severity: Diagnostic['severity'],
    code: string,
    summary: string,
    help: string,
  ): Diagnostic => ({
    severity,
    code,
    summary,
    help,
  });
  const secret: PullSecret = await target.pullSecret(namespace, pullSecret, signal);
  switch (secret.kind) {
    case 'missing':
      return fault(
        'error',
        'WC-AGT-011',
        `${name} does not exist, and the proxies would not pull without it`,
        `kubectl create secret docker-registry ${pullSecret} -n ${namespace} …`,
      );
    case 'other-type':
      return fault(
        'error',
        'WC-AGT-012',
        `${name} has the type ${secret.type}, which istiod does not read for images`,
        'make it one of the type kubernetes.io/dockerconfigjson',
      );
    case 'not-permitted':
      return fault(
        'info',
        'WC-AGT-013',
        `${name} may not be read by you: whether it opens the registry is not known`,
        `ask for the right to get secrets in namespace ${namespace} if you want it checked`,
      );
    case 'found':
  }
  try {
    const credentials = secretCredentials(secret.config, name);
    await resolveImage(formatReference(image), { ...registryOptions(context), credentials, signal });
    return undefined;
  } catch (error) {
    if (isOciError(error, 'unauthorized') || isOciError(error, 'denied') || isOciError(error, 'credentials'))
      return fault(
        'error',
        'WC-AGT-014',
        `${name} does not open ${formatReference(image)}: ${error.message}`,
        'renew its password, and see that the account may pull from there',
      );
    const { summary } = faultOf(error);
    return fault(
      'warning',
      'WC-AGT-015',
      `whether ${name} opens ${formatReference(image)} could not be tried from here: ${summary}`,
      'try it from where the registry can be reached',
    );
  }
}
