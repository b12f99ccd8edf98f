import type { Sha256 } from '@wasmcast/core';
import type { CredentialResolver } from './auth/credentials.ts';
import type { BlobCache } from './cache/blob-cache.ts';
import type { OciLimits } from './limits.ts';
import type { CertificateResolver } from './transport/certificates.ts';
import type { Resolver } from './transport/dialer.ts';
import type { ProxyRules } from './transport/proxy-rules.ts';

/** What happens while images move; sizes in bytes. */
export type OciEvent =
  | {
      readonly kind: 'retry';
      readonly attempt: number;
      readonly delayMs: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'blob-present'; readonly digest: Sha256; readonly size: number }
  | { readonly kind: 'blob-mounted'; readonly digest: Sha256; readonly size: number; readonly from: string }
  | { readonly kind: 'upload-started'; readonly digest: Sha256; readonly size: number }
  | {
      readonly kind: 'upload-progress';
      readonly digest: Sha256;
      readonly size: number;
      readonly sent: number;
    }
  | { readonly kind: 'upload-finished'; readonly digest: Sha256; readonly size: number }
  | { readonly kind: 'download-started'; readonly digest: Sha256; readonly size: number }
  | {
      readonly kind: 'download-progress';
      readonly digest: Sha256;
      readonly size: number;
      readonly received: number;
    }
  | { readonly kind: 'download-finished'; readonly digest: Sha256; readonly size: number }
  | { readonly kind: 'manifest-present'; readonly digest: Sha256 }
  | { readonly kind: 'manifest-pushed'; readonly digest: Sha256 };

/** What every conversation with a registry takes. */
export interface OciOptions {
  readonly signal?: AbortSignal;
  /** Default: what Docker's and Podman's configuration files and helpers know. */
  readonly credentials?: CredentialResolver;
  /** Registries (`host` or `host:port`) that may be spoken to over plain HTTP. Loopback names always may. Certificates are verified in any case. */
  readonly insecureRegistries?: readonly string[];
  /** Hosts (`host` or `host:port`) of token servers that may get a registry's credentials although they are not of its domain. */
  readonly tokenServers?: readonly string[];
  readonly limits?: Partial<OciLimits>;
  readonly onProgress?: (event: OciEvent) => void;
  /** Certificates (PEM) of authorities to trust instead of the built-in ones. */
  readonly ca?: string | readonly string[];
  /** Certificates for one registry: an authority of its own, and what we show it. Default: docker's `certs.d` folders. */
  readonly certificates?: CertificateResolver;
  /** Which addresses are reached through a proxy. Default: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. */
  readonly proxy?: ProxyRules;
  /** Blobs that were pulled before: those are not asked for again. */
  readonly blobCache?: BlobCache;
  /** Manifests that were pulled before, by their digests. With it nobody knows whether the registry still has them. */
  readonly manifestCache?: BlobCache;
  /** Resolves names; default: the operating system. */
  readonly resolver?: Resolver;
}
