import path from 'node:path';
import { type Diagnostic, type Sha256, type SignatureRule, ruleFor, shortDigest } from '@wasmcast/core';
import type { ImageReference, OciOptions, Signers } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { faultOf } from './fault-of.ts';
import { readKeyFile } from './key-files.ts';

/** An image that shall run, or does. */
export interface SignedImage {
  /** `registry/repository@sha256:…` as the manifest names it, whatever a target pulls. */
  readonly reference: string;
  /** The index that leads to it: who signed that has signed the image. */
  readonly index?: Sha256;
  /** What somebody says that it holds: then it is looked into. Absent: whoever asks has it from the image itself. */
  readonly module?: Sha256;
}

/** Says why an image may not run by the rules of a fleet; empty: it may. */
export type SignaturePolicy = (image: SignedImage, signal: AbortSignal) => Promise<readonly Diagnostic[]>;

/** The rules of a fleet for signatures. Each image is asked for once. */
export function signaturePolicy(
  rules: readonly SignatureRule[] | undefined,
  context: Context,
): SignaturePolicy {
  if (rules === undefined) return () => Promise.resolve([]);
  const answers = new Map<string, Promise<readonly Diagnostic[]>>();
  return (image, signal) => {
    const key = `${image.reference} ${image.index} ${image.module}`;
    const answer =
      answers.get(key) ?? judge(image, rules, context, signal).catch((e: unknown) => [faultOf(e)]);
    answers.set(key, answer);
    return answer;
  };
}

async function judge(
  { reference, index, module }: SignedImage,
  rules: readonly SignatureRule[],
  context: Context,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const { findSignatures, parseReference, pullModule } = await import('@wasmcast/oci');
  const { registryOptions } = await import('./registry-options.ts');
  const ref = parseReference(reference);
  const { registry, repository, digest } = ref;
  const fault = (code: string, summary: string, help: string): readonly Diagnostic[] => [
    { severity: 'error', code, summary, help },
  ];
  const rule = ruleFor(`${registry}/${repository}`, rules);
  if (rule === undefined) {
    const summary = `no rule under \`signatures\` says who must have signed ${registry}/${repository}`;
    return fault('WC-SIG-003', summary, 'add one; `repository: "*"` is for all others');
  }
  if (rule.unsigned) return [];
  if (digest === undefined)
    return fault('WC-SIG-005', `${reference} names no digest`, 'what is signed is a digest: pin it');
  const signers = await signersOf(rule, context);
  const options = { ...registryOptions(context), signal };
  const leads = index !== undefined && (await leadsTo(ref, index, digest, options));
  const digests = leads ? [digest, index] : [digest];
  const found = await Promise.all(digests.map((each) => findSignatures(reference, each, signers, options)));
  if (found.some(({ verified }) => verified.length > 0)) {
    const said = new Set(found.flatMap(({ attestations }) => attestations.map((each) => each.predicateType)));
    const missing = rule.attestations.filter((type) => !said.has(type));
    if (missing.length > 0) {
      const summary = `${reference} is signed, but nothing attests ${missing.join(', ')}`;
      return fault(
        'WC-SIG-006',
        summary,
        'attest it where it is built: wasmcast attest REF --key cosign.key',
      );
    }
    if (module === undefined || (await pullModule(reference, options)).moduleDigest === module) return [];
    const summary = `${reference} is signed, but does not hold module ${shortDigest(module)}`;
    return fault('WC-SIG-004', summary, 'what runs is not what was signed: find out whose it is');
  }
  const by = [...rule.keys, ...(rule.keyless?.identities ?? []).map(({ subject }) => subject)].join(', ');
  return found.every(({ seen }) => seen === 0)
    ? fault(
        'WC-SIG-001',
        `nobody has signed ${reference}, and one of ${by} must have`,
        'sign it once it is known to be right: wasmcast sign REF --key cosign.key',
      )
    : fault(
        'WC-SIG-002',
        `${reference} is signed, but not rightly by one of ${by}`,
        'find out who signed it, and why, before anything else',
      );
}

/**
 * Whether an index leads to an image, asked of the index itself: a lock could name one that somebody has signed for another.
 * One that is gone leads nowhere.
 */
async function leadsTo(
  image: ImageReference,
  index: Sha256,
  digest: Sha256,
  options: OciOptions,
): Promise<boolean> {
  const { isOciError, pinnedReference, resolveImage } = await import('@wasmcast/oci');
  try {
    return (await resolveImage(pinnedReference(image, index), options)).imageDigest === digest;
  } catch (error) {
    if (isOciError(error, 'notFound')) return false;
    throw error;
  }
}

/** Whom the rule believes, read from its files. */
async function signersOf({ keys, keyless, declaredIn }: SignatureRule, context: Context): Promise<Signers> {
  const { readPublicKey } = await import('@wasmcast/oci');
  const read = (file: string): Promise<string> =>
    readKeyFile(path.resolve(path.dirname(declaredIn), file), context);
  return {
    keys: await Promise.all(keys.map(async (file) => readPublicKey(await read(file)))),
    ...(keyless !== undefined && {
      keyless: { trustedRoot: await read(keyless.trustedRoot), identities: keyless.identities },
    }),
  };
}
