import type { Bundle } from '@sigstore/bundle';
import { OciError } from '../errors.ts';
import { statementType } from './statement.ts';

/** Whom a certificate of Fulcio is for. */
export interface SignerIdentity {
  /** Who vouched for the subject: the OpenID issuer, e.g. `https://token.actions.githubusercontent.com`. */
  readonly issuer: string;
  /** An address of mail, or of a workflow with its ref. In a rule `*` stands for anything. */
  readonly subject: string;
}

/** Whom to believe that signs without a key of its own. */
export interface KeylessTrust {
  /** The JSON of a `trusted_root.json`: certificate authorities and logs. */
  readonly trustedRoot: string;
  readonly identities: readonly SignerIdentity[];
}

/** What somebody whom we believe has signed. */
export interface KeylessSigned {
  readonly identity: SignerIdentity;
  /** The very bytes whose signature was found right: a bundle has room for others. */
  readonly payload: Uint8Array;
}

/** Says who signed, if it is one of those that are believed. */
export interface KeylessVerifier {
  /** The statement in a bundle. */
  statement(bundle: Uint8Array): KeylessSigned | undefined;
  /** These bytes, by a bundle that does not have them. */
  bytes(bundle: Uint8Array, signed: Uint8Array): SignerIdentity | undefined;
}

/**
 * Verifies keyless bundles without a network: the certificate by its authority and its transparency log, the time by the
 * log's promise, the entry by its proof, the signature by the certificate. @throws OciError `key` for a trusted root that is none
 */
export async function keylessVerifier({ trustedRoot, identities }: KeylessTrust): Promise<KeylessVerifier> {
  // Loaded only by who needs it.
  const [{ bundleFromJSON }, { TrustedRoot }, { Verifier, toSignedEntity, toTrustMaterial }] =
    await Promise.all([
      import('@sigstore/bundle'),
      import('@sigstore/protobuf-specs'),
      import('@sigstore/verify'),
    ]);
  let verifier: InstanceType<typeof Verifier>;
  try {
    verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot))), {
      tlogThreshold: 1,
      ctlogThreshold: 1,
      timestampThreshold: 1,
    });
  } catch (cause) {
    throw new OciError('key', 'the trusted root cannot be read: it is no JSON of one', { cause });
  }
  const signerOf = (bundle: Bundle, artifact?: Uint8Array): SignerIdentity | undefined => {
    if (bundle.verificationMaterial.content.$case === 'publicKey') return undefined;
    const entity = toSignedEntity(bundle, artifact && Buffer.from(artifact));
    const { identity } = verifier.verify(entity);
    const subject = identity?.subjectAlternativeName;
    const issuer = identity?.extensions?.issuer;
    if (subject === undefined || issuer === undefined) return undefined;
    const isBelieved = identities.some((each) => each.issuer === issuer && fits(subject, each.subject));
    return isBelieved ? { issuer, subject } : undefined;
  };
  return {
    statement: (bytes) =>
      orNothing(() => {
        const bundle = bundleFromJSON(parseJson(bytes));
        const { content } = bundle;
        if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== statementType)
          return undefined;
        const identity = signerOf(bundle);
        return identity && { identity, payload: content.dsseEnvelope.payload };
      }),
    bytes: (bytes, signed) =>
      orNothing(() => {
        const bundle = bundleFromJSON(parseJson(bytes));
        return bundle.content.$case === 'messageSignature' ? signerOf(bundle, signed) : undefined;
      }),
  };
}

/** Whatever is wrong with it, it is no signature. */
function orNothing<T>(verify: () => T | undefined): T | undefined {
  try {
    return verify();
  } catch {
    return undefined;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

/** True if a text is as a pattern says in which `*` stands for anything. */
function fits(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
