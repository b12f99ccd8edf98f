import type { Delivery, Direction, FailurePolicy, FilterConfig, Position } from './filter.ts';
import type { DriftPolicy } from './drift.ts';
import type { RolloutPolicy } from './rollout-policy.ts';
import type { Selector } from './workload.ts';

/** Where the bytes of a filter come from. Paths are relative to the folder of the file that declares the filter. */
export type ModuleRef =
  | { readonly kind: 'file'; readonly path: string }
  /** A filter project that is compiled first. */
  | { readonly kind: 'source'; readonly path: string }
  /** `registry/repo:tag`, `registry/repo@sha256:…` or both. */
  | { readonly kind: 'image'; readonly reference: string; readonly pullSecret?: string };

/** A filter of the manifest. */
export interface FilterSpec {
  readonly name: string;
  readonly module: ModuleRef;
  readonly rootId: string;
  readonly vm: {
    /** Default: the filter's name. */
    readonly id: string | undefined;
    readonly allowPrecompiled: boolean;
    readonly env: Readonly<Record<string, string>>;
  };
  readonly config: FilterConfig;
  readonly onFailure: FailurePolicy;
  /** Default: the fleet's. */
  readonly drift?: DriftPolicy;
  /** The manifest file that declares it. */
  readonly declaredIn: string;
}

/** A service of the embedded mesh. */
export interface LocalServiceSpec {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** TCP port on loopback; 0 takes a free one. */
  readonly port: number;
  /** `http://host:port` that requests go to; undefined: a built-in service that echoes the request as JSON. */
  readonly upstream: string | undefined;
}

/** Where the proxies of a target find the images of a registry: repositories that begin with `from` begin with `to` there. */
export interface ImageMirror {
  /** `registry` or `registry/path`, whole parts of a repository's name. */
  readonly from: string;
  readonly to: string;
}

/** Where filters go. */
export type TargetSpec =
  | {
      readonly kind: 'local';
      readonly name: string;
      readonly services: readonly LocalServiceSpec[];
      /** The manifest file that declares it; its folder and `name` tell one embedded mesh of a user from another. */
      readonly declaredIn: string;
    }
  | {
      readonly kind: 'istio';
      readonly name: string;
      /** kubeconfig context; undefined: the current one. */
      readonly context: string | undefined;
      /** Where the lock and the revisions of the fleet are kept. Default `istio-system`. */
      readonly stateNamespace: string;
      /** Which kind carries a filter that is delivered as an image. Default `WasmPlugin`. */
      readonly imageResource: 'WasmPlugin' | 'TrafficExtension' | 'auto';
      /** What its proxies pull instead; digests stay. Undefined: what the manifest names. */
      readonly mirrors?: readonly ImageMirror[];
      /** Where proxies find modules by their digests: `http://host:port`, with a path or without. */
      readonly moduleServer?: string;
      readonly declaredIn: string;
    };

/** An ordered list of filters onto selected workloads. */
export interface Binding {
  readonly name: string;
  /** Name of a target. */
  readonly target: string;
  readonly select: Selector;
  readonly direction: Direction;
  readonly position: Position;
  /** `auto`: `image` for a module in a registry, else what the target takes files by. */
  readonly delivery: Delivery | 'auto';
  /** Names of filters, in the order in which a request meets them. */
  readonly chain: readonly string[];
}

/** Who must have signed the images of some repositories. */
export interface SignatureRule {
  /** `registry/path`: that repository and those below it; `*` for all. The longest one that fits an image counts. */
  readonly repository: string;
  /** Files of public keys, relative to the folder of the file that declares the rule: one of them must have signed. */
  readonly keys: readonly string[];
  /** Who may have signed without a key of their own. */
  readonly keyless?: {
    /** File of a Sigstore `trusted_root.json`, relative to the same folder. */
    readonly trustedRoot: string;
    /** `*` stands for anything in a subject. */
    readonly identities: readonly { readonly issuer: string; readonly subject: string }[];
  };
  /** Types of predicates (URIs) that they must have attested besides. */
  readonly attestations: readonly string[];
  /** True: nobody has to. */
  readonly unsigned: boolean;
  /** The manifest file that declares it. */
  readonly declaredIn: string;
}

/** A whole manifest: a batch of filters, where they go, and how. */
export interface Fleet {
  readonly name: string;
  readonly filters: readonly FilterSpec[];
  /** In the order in which they are rolled out, each when the one before it is live. */
  readonly targets: readonly TargetSpec[];
  readonly bindings: readonly Binding[];
  readonly rollout: RolloutPolicy;
  /** What becomes of changes that others make to what is live. Default `correct`. */
  readonly drift?: DriftPolicy;
  /** Undefined: signatures are not looked at. With rules, an image that none of them fits is refused. */
  readonly signatures?: readonly SignatureRule[];
}
