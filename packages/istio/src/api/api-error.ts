import { type ExitName, WasmcastError } from '@wasmcast/core';
import { isBinary, readBinary, statusMessage } from './protobuf/envelope.ts';

/** What was asked of the API server, for messages: `patch deployments frontpage-v1 in namespace foo`. */
export interface Request {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** An answer of the API server that is not a success, or no answer at all (`status` 0). */
export class KubeError extends WasmcastError {
  /** HTTP status. */
  readonly status: number;
  /** `reason` of the Status object: `AlreadyExists`, `Conflict`, `Expired`, … */
  readonly reason: string;

  constructor(
    code: string,
    message: string,
    at: { readonly status: number; readonly reason?: string },
    options: { readonly help?: string; readonly exit?: ExitName; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.status = at.status;
    this.reason = at.reason ?? '';
  }
}

/** `verb resource[/name] in namespace x`. */
export function describeRequest(request: Request): string {
  const object = request.name === undefined ? request.resource : `${request.resource}/${request.name}`;
  const where = request.namespace === undefined ? '' : ` in namespace ${request.namespace}`;
  return `${request.verb} ${object}${where}`;
}

/** The error for an answer with this status and body. The body is a Status object, or whatever a proxy in between said. */
export function answerError(request: Request, status: number, body: Buffer): KubeError {
  const parsed = readStatus(body);
  const at = { status, reason: parsed.reason };
  const what = describeRequest(request);
  const said = parsed.message;
  switch (status) {
    case 401:
      return new KubeError('WC-KUBE-002', `the API server does not know who asks to ${what}: ${said}`, at, {
        help: 'renew the credentials of this kubeconfig context',
        exit: 'notPermitted',
      });
    case 403:
      return new KubeError('WC-KUBE-003', `not permitted to ${what}: ${said}`, at, {
        help: `ask for the right \`${request.verb}\` on \`${request.resource}\`${
          request.namespace === undefined ? ' in the whole cluster' : ` in namespace \`${request.namespace}\``
        }`,
        exit: 'notPermitted',
      });
    case 404:
      return new KubeError('WC-KUBE-004', `there is nothing to ${what}: ${said}`, at);
    case 409:
      return new KubeError('WC-KUBE-005', `somebody else changed it meanwhile: ${what}: ${said}`, at, {
        help: 'look at the change, then make a new plan',
      });
    case 413:
    case 400:
    case 422:
      return new KubeError('WC-KUBE-006', `the API server refuses to ${what}: ${said}`, at);
    case 429:
      return new KubeError('WC-KUBE-007', `the API server is too busy to ${what}: ${said}`, at, {
        help: 'try again later',
        exit: 'unreachable',
      });
    default: {
      const webhook = /failed calling webhook "([^"]{1,253})"/.exec(said)?.[1];
      if (webhook !== undefined) return webhookError(webhook, what, said, at);
      return new KubeError(
        'WC-KUBE-008',
        `the API server answered ${status} to ${what}: ${said}`,
        at,
        status >= 500 ? { exit: 'unreachable' } : {},
      );
    }
  }
}

/** Nothing gets past an admission webhook that does not answer, not even a way back; when it is back, what was begun goes on. */
function webhookError(
  webhook: string,
  what: string,
  said: string,
  at: { readonly status: number; readonly reason: string },
): KubeError {
  const message = `the API server does not ${what} without the webhook ${webhook}, which does not answer: ${said}`;
  const help = webhook.endsWith('istio.io')
    ? 'see that istiod runs (kubectl get pods -n istio-system -l app=istiod), then `wasmcast resume`'
    : 'see that what serves it runs, then `wasmcast resume`';
  return new KubeError('WC-KUBE-009', message, at, { help, exit: 'unreachable' });
}

/** The error for a request that got no answer. */
export function noAnswerError(request: Request, server: string, cause: unknown): KubeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new KubeError(
    'WC-KUBE-001',
    `the API server at ${server} cannot be reached to ${describeRequest(request)}: ${message}`,
    { status: 0 },
    { help: 'check the context, the network and that the cluster runs', exit: 'unreachable', cause },
  );
}

const maxMessage = 1000;

function readStatus(body: Buffer): { readonly message: string; readonly reason: string } {
  try {
    const status = (isBinary(body) ? readBinary(body, statusMessage) : JSON.parse(body.toString())) as {
      message?: unknown;
      reason?: unknown;
    } | null;
    if (typeof status?.message === 'string')
      return {
        message: status.message.slice(0, maxMessage),
        reason: typeof status.reason === 'string' ? status.reason : '',
      };
  } catch {
    // Not a Status: a proxy's own page, or a plain line.
  }
  const text = body.toString().replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return { message: text === '' ? 'no reason given' : text, reason: '' };
}

/** True for an error of the API server with this status. */
export function isStatus(error: unknown, ...status: readonly number[]): error is KubeError {
  return error instanceof KubeError && status.includes(error.status);
}
