import { getCACertificates } from 'node:tls';
import type { OciOptions } from '../options.ts';
import { certificatesFrom } from './certificates.ts';
import type { DialRole, TlsOptions } from './dialer.ts';

/**
 * What is trusted and shown on the way to a registry. The user's `ca` is for everything; what stands in `certs.d` for a
 * registry is for that registry alone.
 */
export function tlsFor(registry: string, options: OciOptions): Readonly<Record<DialRole, TlsOptions>> {
  const ca = options.ca === undefined ? undefined : [options.ca].flat();
  const resolve = options.certificates ?? certificatesFrom();
  const found = resolve(registry);
  const own = found?.ca ?? [];
  const trusted = own.length === 0 ? ca : [...(ca ?? getCACertificates('default')), ...own];
  const client = found?.client;
  return {
    registry: {
      ...(trusted === undefined ? {} : { ca: trusted }),
      ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
    },
    elsewhere: ca === undefined ? {} : { ca },
  };
}
