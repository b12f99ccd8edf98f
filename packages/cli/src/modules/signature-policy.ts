import type { KeyObject } from 'node:crypto';
import path from 'node:path';
import { type Diagnostic, type Sha256, type SignatureRule, ruleFor, shortDigest } from '@wasmcast/core';
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
  const { registry, repository, digest } = parseReference(reference);
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
  const keys = await Promise.all(rule.keys.map((file) => keyOf(file, rule, context)));
  const options = { ...registryOptions(context), signal };
  const digests = index === undefined ? [digest] : [digest, index];
  const found = await Promise.all(digests.map((each) => findSignatures(reference, each, keys, options)));
  if (found.some(({ verified }) => verified.length > 0)) {
    if (module === undefined || (await pullModule(reference, options)).moduleDigest === module) return [];
    const summary = `${reference} is signed, but does not hold module ${shortDigest(module)}`;
    return fault('WC-SIG-004', summary, 'what runs is not what was signed: find out whose it is');
  }
  const by = rule.keys.join(', ');
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

async function keyOf(file: string, rule: SignatureRule, context: Context): Promise<KeyObject> {
  const { readPublicKey } = await import('@wasmcast/oci');
  return readPublicKey(await readKeyFile(path.resolve(path.dirname(rule.declaredIn), file), context));
}
