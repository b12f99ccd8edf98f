import { open, stat } from 'node:fs/promises';
import { until } from '../process/wait.ts';
import type { KubeClient } from '../kube-client.ts';

/** An API server that keeps an audit log: a cluster's, or one without a node. */
export interface Audited {
  readonly auditLog: string;
  client(): KubeClient | Promise<KubeClient>;
}

/** A place in a cluster's audit log: everything answered before it stands before it. */
export interface AuditMark {
  /** Bytes from the start of the log. */
  readonly offset: number;
}

/** One request as the API server recorded it. */
export interface AuditEntry {
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  /** `group/resource`, `resource` for the core group, with `/subresource` where there is one. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Path and query. */
  readonly uri: string;
  /** The answer's HTTP status. */
  readonly status: number;
  /** When it was answered, in milliseconds since the epoch. */
  readonly at: number;
}

/** Which requests to look at; both must match where both are given. */
export interface AuditFilter {
  /** The exact name of the user. */
  readonly user?: string;
  /** The start of the user agent. */
  readonly userAgent?: string;
}

/** Marks this moment in the audit log. */
export async function auditMark(cluster: Audited): Promise<AuditMark> {
  // A request of our own that can be found in the log: what was answered before it is written before it.
  const id = crypto.randomUUID();
  const { size: before } = await stat(cluster.auditLog);
  using client = await cluster.client();
  await client.request('GET', `/version?mark=${id}`);
  const wait = { what: 'the audit log to be written', timeoutMs: 10_000, intervalMs: 20 };
  return until(async () => {
    const log = await readLog(cluster.auditLog, before);
    const found = log.indexOf(id);
    const end = found === -1 ? -1 : log.indexOf('\n', found);
    return end === -1 ? undefined : { offset: before + end + 1 };
  }, wait);
}

/** Every request since a mark, reads too, in the order in which they were answered. */
export async function auditEntries(
  cluster: Audited,
  since: AuditMark,
  filter: AuditFilter = {},
): Promise<readonly AuditEntry[]> {
  const now = await auditMark(cluster);
  const log = await readLog(cluster.auditLog, since.offset, now.offset);
  const lines = log
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as AuditEvent).filter((event) => event.objectRef);
  return events.map(entryOf).filter((entry) => matches(entry, filter));
}

/**
 * The writes since a mark: creates, updates, patches and deletes of stored objects that were accepted. Dry runs, reviews,
 * tokens and connections (exec, port-forward, proxy) are none. A delete whose `dryRun` stands in its body alone cannot be
 * told from a real one and counts.
 */
export async function auditWrites(
  cluster: Audited,
  since: AuditMark,
  filter: AuditFilter = {},
): Promise<readonly AuditEntry[]> {
  return (await auditEntries(cluster, since, filter)).filter(isWrite);
}

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const notStored =
  /^(authentication|authorization)\.k8s\.io\/|^serviceaccounts\/token$|^(pods|nodes|services)\/(exec|attach|portforward|proxy)$/u;

/** True for a request that changed, or rewrote, a stored object. */
export function isWrite(entry: AuditEntry): boolean {
  if (!writes.has(entry.verb) || entry.status >= 400 || notStored.test(entry.resource)) return false;
  return !new URL(entry.uri, 'http://server').searchParams.has('dryRun');
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly stageTimestamp: string;
}

function entryOf(event: AuditEvent): AuditEntry {
  const { apiGroup, resource, subresource, namespace, name } = event.objectRef ?? {};
  return {
    verb: event.verb,
    user: event.impersonatedUser?.username ?? event.user.username ?? '',
    userAgent: event.userAgent ?? '',
    resource: [apiGroup, resource, subresource].filter((part) => part !== undefined).join('/'),
    namespace,
    name,
    uri: event.requestURI,
    status: event.responseStatus?.code ?? 0,
    at: Date.parse(event.stageTimestamp),
  };
}

function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  if (filter.user !== undefined && entry.user !== filter.user) return false;
  return filter.userAgent === undefined || entry.userAgent.startsWith(filter.userAgent);
}

async function readLog(path: string, from: number, to?: number): Promise<Buffer> {
  await using file = await open(path);
  const end = to ?? (await file.stat()).size;
  const buffer = Buffer.alloc(Math.max(0, end - from));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}
