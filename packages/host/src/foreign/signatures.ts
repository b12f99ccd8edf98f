import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { Status } from '../abi/status.ts';
import {
  bytesField,
  readFields,
  textField,
  writeBytes,
  writeNumber,
  type Field,
} from '../protobuf/fields.ts';
import type { ForeignFunction } from './foreign-function.ts';

/** envoy source/common/crypto/utility_impl.cc getHashFunction */
const hashes: readonly string[] = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

/** Key types that BoringSSL signs with by a digest; for others (Ed25519) its initialization fails. */
const keyTypes: readonly (string | undefined)[] = ['rsa', 'ec'];

/** What went wrong, in Envoy's words. */
class CryptoFailure extends Error {}

/**
 * Takes VerifySignatureArguments {1 hash_function, 2 public_key, 5 public_key_pem, 3 signature, 4 text}, gives
 * VerifySignatureResult {1 result, 2 error} (envoy source/extensions/common/wasm/ext/verify_signature.proto).
 */
export const verifySignature: ForeignFunction = (_vm, args) => {
  const fields = readFields(args);
  const key = fields && chosenKey(fields, 2, 5);
  if (fields === undefined || key === undefined) return Status.BadArgument;
  return outcome(2, () => {
    const hash = hashOf(fields);
    const failed = 'Failed to initialize digest verify.';
    const publicKey = imported(failed, () =>
      createPublicKey(key.pem ? key.text : { key: key.bytes, format: 'der', type: 'spki' }),
    );
    const valid = verify(hash, bytesField(fields, 4), publicKey, bytesField(fields, 3));
    if (!valid) throw new CryptoFailure('Failed to verify digest. Error code: 0');
    return writeNumber(1, 1n);
  });
};

/**
 * Takes SignArguments {1 hash_function, 2 private_key, 4 private_key_pem, 3 text}, gives SignResult {1 result, 2 signature,
 * 3 error} (envoy source/extensions/common/wasm/ext/sign.proto).
 */
export const signText: ForeignFunction = (_vm, args) => {
  const fields = readFields(args);
  const key = fields && chosenKey(fields, 2, 4);
  if (fields === undefined || key === undefined) return Status.BadArgument;
  return outcome(3, () => {
    const hash = hashOf(fields);
    const failed = 'Invalid key type: private key required for signing operation.';
    const privateKey = imported(failed, () =>
      createPrivateKey(key.pem ? key.text : { key: key.bytes, format: 'der', type: 'pkcs8' }),
    );
    return Buffer.concat([writeNumber(1, 1n), writeBytes(2, sign(hash, bytesField(fields, 3), privateKey))]);
  });
};

/** Exactly one of the two forms of a key has to be given. */
function chosenKey(
  fields: readonly Field[],
  der: number,
  pem: number,
): { readonly pem: boolean; readonly text: string; readonly bytes: Buffer } | undefined {
  const bytes = Buffer.from(bytesField(fields, der));
  const text = textField(fields, pem);
  if (text === undefined || bytes.length > 0 === (text !== '')) return undefined;
  return { pem: text !== '', text, bytes };
}

function hashOf(fields: readonly Field[]): string {
  const name = textField(fields, 1) ?? '';
  if (!hashes.includes(name.toLowerCase())) throw new CryptoFailure(`${name} is not supported.`);
  return name.toLowerCase();
}

function imported(failed: string, make: () => KeyObject): KeyObject {
  try {
    const key = make();
    if (keyTypes.includes(key.asymmetricKeyType)) return key;
  } catch {
    // Whatever OpenSSL says, the filter hears what Envoy says.
  }
  throw new CryptoFailure(failed);
}

function outcome(errorField: number, run: () => Uint8Array): Uint8Array {
  try {
    return run();
  } catch (error) {
    // A failure that OpenSSL alone names (a key too small for the digest) has no counterpart.
    return writeBytes(errorField, error instanceof Error ? error.message : String(error));
  }
}
