import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  isArray,
  parseSha256,
  WasmcastError,
  type JsonValue,
  type Revision,
  type RolloutRecord,
  type RolloutStamp,
  type Step,
} from '@wasmcast/core';
import type { Mesh } from '../mesh/mesh.ts';
import { fleetView, runningView, statsView } from './views.ts';
import { list, member, nonNegativeInteger, oneOf, text } from '../shape.ts';
import { readJson } from './body.ts';
import type { DaemonState } from './daemon-state.ts';
import { protocolVersion, type Hello } from './wire.ts';

/** What a route works on. */
export interface Daemon {
  readonly mesh: Mesh;
  readonly state: DaemonState;
}

/** A request to a route. `signal` ends with the client's connection. */
export interface Call {
  readonly daemon: Daemon;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** Gives the answer as JSON; undefined when the route answered by itself. */
type Route = (call: Call) => unknown;

/** Every operation of the control socket. */
export const routes: Readonly<Record<string, Route>> = {
  'GET /v1/hello': ({ daemon: { mesh } }): Hello => ({
    protocol: protocolVersion,
    pid: process.pid,
    target: mesh.name,
    daemon: mesh.uid,
  }),
  'GET /v1/mesh': ({ daemon, query }) => fleetView(daemon.mesh, parameter(query, 'fleet')),
  'GET /v1/running': ({ daemon }) => runningView(daemon.mesh),
  'GET /v1/stats': ({ daemon }) => statsView(daemon.mesh),
  'GET /v1/module': sendModule,
  'POST /v1/steps': async ({ daemon, request, signal }) => {
    const step = readStep(await readJson(request));
    return daemon.mesh.apply(step, signal);
  },
  'GET /v1/lock': ({ daemon, query }) => ({ holder: daemon.state.holder(parameter(query, 'fleet')) ?? null }),
  'POST /v1/lock': holdLock,
  'DELETE /v1/lock': ({ daemon, query }) => ({
    released: daemon.state.release(parameter(query, 'fleet'), parameter(query, 'nonce')),
  }),
  'GET /v1/revisions': ({ daemon, query }) => daemon.state.revisions(parameter(query, 'fleet')),
  'POST /v1/revisions': async ({ daemon, request }) => {
    daemon.state.putRevision(readRevision(await readJson(request)));
    return {};
  },
  'POST /v1/revisions/delete': async ({ daemon, request }) => {
    const body = await readJson(request);
    const numbers = list(body, 'numbers', 100_000).filter((n): n is number => typeof n === 'number');
    daemon.state.deleteRevisions(text(body, 'fleet'), numbers);
    return {};
  },
  'GET /v1/rollout': ({ daemon, query }) => ({
    rollout: daemon.state.rollout(parameter(query, 'fleet')) ?? null,
  }),
  'POST /v1/rollout': async ({ daemon, request, query }) => {
    const over = query.has('id') ? stamp(query) : undefined;
    daemon.state.putRollout(readRollout(await readJson(request)), over);
    return {};
  },
  'POST /v1/rollout/request': async ({ daemon, request, query }) => {
    const body = await readJson(request);
    const kind = oneOf(body, 'kind', ['pause', 'promote', 'abort']);
    const finished = nonNegativeInteger(body, 'finished');
    const asked = { id: text(body, 'id'), kind, by: text(body, 'by'), finished };
    return { asked: daemon.state.askRollout(parameter(query, 'fleet'), parameter(query, 'id'), asked) };
  },
  'DELETE /v1/rollout': ({ daemon, query }) => {
    daemon.state.deleteRollout(parameter(query, 'fleet'), stamp(query));
    return {};
  },
};

/** Names a client may have put into a request. */
function parameter(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null) throw new WasmcastError('WC-LOC-007', `the parameter "${name}" is missing`);
  return value;
}

/** The record that a request is made over. */
function stamp(query: URLSearchParams): RolloutStamp {
  return { id: parameter(query, 'id'), version: Number(parameter(query, 'version')) };
}

function sendModule({ daemon, query, response }: Call): undefined {
  const digest = parseSha256(parameter(query, 'digest'));
  const bytes = digest === undefined ? undefined : daemon.mesh.moduleBytes(parameter(query, 'fleet'), digest);
  if (bytes === undefined)
    throw new WasmcastError('WC-LOC-006', 'the mesh does not have this module of this fleet');
  response.writeHead(200, { 'content-type': 'application/wasm', 'content-length': bytes.length });
  response.end(bytes);
  return undefined;
}

/**
 * The lock is held as long as this very request stays open: whoever dies lets go of it. The answer's head and first line
 * say that it is held.
 */
async function holdLock({ daemon, request, response, query, signal }: Call): Promise<undefined> {
  const fleet = parameter(query, 'fleet');
  const body = await readJson(request);
  const holder = { owner: text(body, 'owner'), since: text(body, 'since'), nonce: text(body, 'nonce') };
  // The client may have gone while its body came.
  signal.throwIfAborted();
  daemon.state.acquire(fleet, holder);
  signal.addEventListener('abort', () => daemon.state.release(fleet, holder.nonce), { once: true });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write('{"held":true}\n');
  return undefined;
}

function readStep(value: JsonValue): Step {
  return {
    id: text(value, 'id'),
    stage: oneOf(value, 'stage', ['prepare', 'change', 'cleanup']),
    summary: text(value, 'summary'),
    precondition: member(value, 'precondition'),
    before: member(value, 'before'),
    after: member(value, 'after'),
    restarts: nonNegativeInteger(value, 'restarts'),
  };
}

/** Core reads the rest of a revision when it uses it; here only what it is kept by must be right. */
function readRevision(value: JsonValue): Revision {
  oneOf(value, 'schema', ['wasmcast.dev/revision/v1']);
  text(value, 'fleet');
  if (nonNegativeInteger(value, 'number') < 1)
    throw new WasmcastError('WC-LOC-007', 'revisions are counted from 1', { exit: 'invalid' });
  if (!isArray(member(value, 'filters')) || !isArray(member(value, 'chains')))
    throw new WasmcastError('WC-LOC-007', 'a revision without filters and chains', { exit: 'invalid' });
  return value as unknown as Revision;
}

/** As with a revision: what it is kept by. */
function readRollout(value: JsonValue): RolloutRecord {
  oneOf(value, 'schema', ['wasmcast.dev/rollout/v1']);
  text(value, 'fleet');
  text(value, 'id');
  if (nonNegativeInteger(value, 'version') < 1)
    throw new WasmcastError('WC-LOC-007', 'versions are counted from 1', { exit: 'invalid' });
  return value as unknown as RolloutRecord;
}
