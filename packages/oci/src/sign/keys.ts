import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, scrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { OciError } from '../errors.ts';
import { seal, unseal } from './secretbox.ts';

/** A key pair as `cosign generate-key-pair` writes it: two PEM files. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** What cosign asks scrypt for, and how it calls the result: since 2.0, and before. */
const formats = {
  sigstore: { pemType: 'ENCRYPTED SIGSTORE PRIVATE KEY', N: 65_536 },
  cosign: { pemType: 'ENCRYPTED COSIGN PRIVATE KEY', N: 32_768 },
} as const;
/** What cosign has ever asked scrypt for; anything else could keep a machine busy for hours. */
const strengths = [formats.cosign.N, formats.sigstore.N, 131_072];
const blocks = { r: 8, p: 1 };

/** Makes an ECDSA P-256 key pair; the private key is encrypted by the password, as cosign keeps it. */
export async function createKeyPair(password: string): Promise<KeyPair> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: await encryptKey(pair.privateKey, password, 'sigstore'),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** A private key in one of cosign's formats, as PEM. */
export async function encryptKey(
  privateKey: KeyObject,
  password: string,
  format: keyof typeof formats,
): Promise<string> {
  const { pemType, N } = formats[format];
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const key = await derive(password, salt, N);
  const envelope = {
    kdf: { name: 'scrypt', params: { N, ...blocks }, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(seal(der, nonce, key)).toString('base64'),
  };
  const body = Buffer.from(JSON.stringify(envelope)).toString('base64');
  const lines = body.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${pemType}-----\n${lines.join('\n')}\n-----END ${pemType}-----\n`;
}

/**
 * Reads a private key: cosign's encrypted format, or PKCS#8, SEC 1 or encrypted PKCS#8 PEM. Only elliptic curves.
 * @throws OciError `key`, which says nothing of what is in it
 */
export async function readPrivateKey(pem: string, password: string): Promise<KeyObject> {
  const match = /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(
    pem,
  );
  try {
    const key =
      match === null
        ? createPrivateKey({ key: pem, passphrase: password })
        : createPrivateKey({ key: await decrypt(match[1] ?? '', password), format: 'der', type: 'pkcs8' });
    return requireCurve(key);
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw new OciError(
      'key',
      'the private key cannot be read: it is no PEM of one, or the password is wrong',
    );
  }
}

/** Reads a public key (SPKI PEM, `cosign.pub`). @throws OciError `key` */
export function readPublicKey(pem: string): KeyObject {
  try {
    // Node would take a private key too, and that is not what anybody means to hand around for verifying.
    if (!pem.includes('BEGIN PUBLIC KEY')) throw new Error('another kind of PEM');
    return requireCurve(createPublicKey(pem));
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw new OciError('key', 'the public key cannot be read: it is no PEM of one');
  }
}

async function decrypt(body: string, password: string): Promise<Buffer> {
  const { kdf, cipher, ciphertext } = JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as {
    readonly kdf: {
      readonly name: unknown;
      readonly params: { readonly N: number; readonly r: unknown; readonly p: unknown };
      readonly salt: string;
    };
    readonly cipher: { readonly name: unknown; readonly nonce: string };
    readonly ciphertext: string;
  };
  const { N, r, p } = kdf.params;
  const nonce = Buffer.from(cipher.nonce, 'base64');
  if (kdf.name !== 'scrypt' || cipher.name !== 'nacl/secretbox' || nonce.length !== 24)
    throw new Error('another format');
  if (!strengths.includes(N) || r !== blocks.r || p !== blocks.p) throw new Error('unknown parameters');
  const key = await derive(password, Buffer.from(kdf.salt, 'base64'), N);
  const der = unseal(Buffer.from(ciphertext, 'base64'), nonce, key);
  if (der === undefined) throw new OciError('key', 'the password of the private key is wrong');
  return Buffer.from(der);
}

function derive(password: string, salt: Buffer, N: number): Promise<Buffer> {
  const run = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return run(password, salt, 32, { N, ...blocks, maxmem: 256 * 1024 * 1024 });
}

function requireCurve(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ec') return key;
  throw new OciError('key', `a key of the type ${key.asymmetricKeyType} is not used here: make an ECDSA one`);
}
