import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process/run.ts';

/** Files of a certificate and its key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority in a folder, for one test or one cluster. */
export interface Authority extends KeyPair {
  readonly pem: string;
  /** Issues `<file>.crt` and `<file>.key`; `subject` is `/O=…/CN=…`, `names` are `DNS:…` and `IP:…`. */
  issue(file: string, subject: string, names: readonly string[]): Promise<KeyPair>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority in `folder` (which must exist), or opens the one that is there. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const certificate = join(folder, 'ca.crt');
  const key = join(folder, 'ca.key');
  const existing = await readFile(certificate, 'utf8').catch(() => undefined);
  if (existing === undefined) {
    const self = ['req', '-x509', ...newKey, '-keyout', key, '-out', certificate];
    await run('openssl', [...self, '-days', '3650', '-subj', `/CN=${name}`]);
  }
  return {
    certificate,
    key,
    pem: existing ?? (await readFile(certificate, 'utf8')),
    async issue(file, subject, names) {
      const base = join(folder, file);
      const pair = { certificate: `${base}.crt`, key: `${base}.key` };
      await run('openssl', ['req', ...newKey, '-keyout', pair.key, '-out', `${base}.csr`, '-subj', subject]);
      const san = names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`;
      await writeFile(`${base}.ext`, `${san}extendedKeyUsage=serverAuth,clientAuth\n`);
      const signed = ['x509', '-req', '-in', `${base}.csr`, '-CA', certificate, '-CAkey', key];
      // A random serial each: two certificates may be issued at the same time.
      const serial = ['-set_serial', `0x${crypto.randomUUID().replaceAll('-', '')}`];
      const output = ['-days', '3650', '-extfile', `${base}.ext`, '-out', pair.certificate];
      await run('openssl', [...signed, ...serial, ...output]);
      return pair;
    },
  };
}
