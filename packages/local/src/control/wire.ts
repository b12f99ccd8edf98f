import type { FailurePolicy, Sha256 } from '@wasmcast/core';
import type { ChainFragment } from '../fragments.ts';
import type { Counts } from '../mesh/counters.ts';

/**
 * What goes over the control socket: JSON in HTTP/1.1, every path under `/v1`. A failure is a non-2xx answer with an
 * {@link ErrorBody}. The number changes when an old client would misread a new daemon.
 */
export const protocolVersion = 1;

/** Bytes of a request or an answer: a module of the largest size in base64, and room for the rest of its step. */
export const maxMessageBytes = 96 * 1024 * 1024;

/** `GET /v1/hello`. */
export interface Hello {
  readonly protocol: number;
  readonly pid: number;
  readonly target: string;
  /** Random for each start of a daemon. */
  readonly daemon: string;
}

/** `GET /v1/mesh?fleet=`: what the fleet has in the mesh. */
export interface MeshView {
  readonly daemon: string;
  readonly versions: readonly string[];
  readonly services: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly port: number;
    readonly version: string;
    readonly fragment: ChainFragment | null;
  }[];
  /** The modules that the fleet holds; the bytes come from `GET /v1/modules/<digest>?fleet=`. */
  readonly modules: readonly { readonly digest: Sha256; readonly size: number }[];
}

/** `GET /v1/running`: the chains that serve requests now, whole, in the order in which a request meets them. */
export interface RunningView {
  readonly daemon: string;
  readonly versions: readonly string[];
  readonly services: readonly RunningService[];
}

/** One service of {@link RunningView}. */
export interface RunningService {
  readonly namespace: string;
  readonly name: string;
  readonly filters: readonly RunningFilter[];
}

/** A filter as it runs, from what its VM was made of. */
export interface RunningFilter {
  readonly fleet: string;
  readonly name: string;
  /** Of the bytes that were compiled. */
  readonly moduleDigest: Sha256;
  /** What on_configure was given. */
  readonly configuration: string;
  readonly rootId: string;
  readonly vmId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onFailure: FailurePolicy;
  /** Why its VM is dead; absent: it lives. */
  readonly dead?: string;
}

/** `GET /v1/stats`: what the services counted since they started. */
export interface StatsView {
  readonly daemon: string;
  readonly services: readonly ({ readonly namespace: string; readonly name: string } & Counts)[];
}

/** Answer to `POST /v1/steps`. */
export interface StepOutcome {
  readonly outcome: 'done' | 'already';
}

/** What a refusal says; the client throws it as a WasmcastError. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly help?: string;
    readonly exit: string;
  };
}
