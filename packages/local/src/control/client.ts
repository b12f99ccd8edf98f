import { request, type IncomingMessage } from 'node:http';
import { exitCodes, WasmcastError, type ExitName, type JsonValue } from '@wasmcast/core';
import { object, optional, text } from '../shape.ts';
import { readBody, readJson } from './body.ts';
import { checkSocketFolder } from './socket-path.ts';

/** Milliseconds that the daemon has for an answer; starting a chain of plugins is the longest that it does. */
const answerMs = 60_000;

/** A client of the control socket; each call is a request of its own. */
export class ControlClient {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Calls a route that answers JSON. Throws what the daemon refused with, or `WC-LOC-001` if there is none. */
  async call(method: string, path: string, body: unknown, signal: AbortSignal): Promise<JsonValue> {
    return readJson(await this.open(method, path, body, signal, answerMs));
  }

  /** Calls a route that answers bytes. */
  async bytes(path: string, signal: AbortSignal): Promise<Buffer> {
    return readBody(await this.open('GET', path, undefined, signal, answerMs));
  }

  /** Calls a route and gives the answer as it begins; destroying it ends the request. `timeoutMs` 0: it may take any time. */
  async open(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<IncomingMessage> {
    const message = await this.#send(method, path, body, signal, timeoutMs);
    if (message.statusCode === 200) return message;
    throw readError(await readJson(message));
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.#checkFolder();
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const outgoing = request({
        socketPath: this.socketPath,
        method,
        path,
        agent: false,
        signal,
        headers: { host: 'control', ...(payload === undefined ? {} : { 'content-length': payload.length }) },
      });
      outgoing.setTimeout(timeoutMs, () =>
        outgoing.destroy(
          new WasmcastError('WC-LOC-001', 'the embedded mesh does not answer', {
            help: 'stop it and start it again: wasmcast run',
            exit: 'unreachable',
          }),
        ),
      );
      outgoing.on('response', resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (signal.aborted) reject(signal.reason as Error);
        else reject(error instanceof WasmcastError ? error : notRunning(this.socketPath, error));
      });
      outgoing.end(payload);
    });
  }

  #checkFolder(): void {
    try {
      checkSocketFolder(this.socketPath);
    } catch (error) {
      throw error instanceof WasmcastError ? error : notRunning(this.socketPath, error);
    }
  }
}

function notRunning(path: string, cause: unknown): WasmcastError {
  return new WasmcastError('WC-LOC-001', `the embedded mesh is not running (nobody answers on ${path})`, {
    help: 'start it: wasmcast run',
    exit: 'unreachable',
    cause,
  });
}

function readError(body: JsonValue): WasmcastError {
  const error = object(optional(body, 'error'), 'error');
  const help = error['help'];
  const exit = text(error, 'exit');
  return new WasmcastError(text(error, 'code'), text(error, 'message'), {
    ...(typeof help === 'string' ? { help } : {}),
    exit: Object.hasOwn(exitCodes, exit) ? (exit as ExitName) : 'failed',
  });
}
