import { Duplex } from 'node:stream';
import type { KubeClient } from './client.ts';
import { connectSocket, type KubeSocket } from './websocket.ts';

/** Data and error channel of the one forwarded port; each begins with the port number (kubelet's `v4.channel.k8s.io`). */
const dataChannel = 0;
const errorChannel = 1;
const portBytes = 2;
const maxErrorText = 2000;

/** A TCP connection to a port inside a pod, through the API server and the kubelet. */
export class PodConnection extends Duplex {
  #socket: KubeSocket | undefined;
  readonly #preamble = new Map([
    [dataChannel, portBytes],
    [errorChannel, portBytes],
  ]);
  #errorText = '';

  attach(socket: KubeSocket): void {
    this.#socket = socket;
  }

  /** One message of the WebSocket: a channel number, then bytes. */
  receive(message: Buffer): void {
    const channel = message[0];
    if (channel !== dataChannel && channel !== errorChannel) return;
    const skip = Math.min(this.#preamble.get(channel) ?? 0, message.byteLength - 1);
    this.#preamble.set(channel, (this.#preamble.get(channel) ?? 0) - skip);
    const bytes = message.subarray(1 + skip);
    if (bytes.byteLength === 0) return;
    if (channel === dataChannel) this.push(bytes);
    else if (this.#errorText.length < maxErrorText) {
      this.#errorText += bytes.toString('utf8');
      this.destroy(new Error(forwardFault(this.#errorText)));
    }
  }

  finish(error: Error | undefined): void {
    if (error === undefined) this.push(null);
    else this.destroy(error);
  }

  override _read(): void {
    // What the kubelet sends is bounded by the answers that are asked for; there is nothing to hold back.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const message = Buffer.alloc(1 + chunk.byteLength);
    message[0] = dataChannel;
    message.set(chunk, 1);
    this.#socket?.send(message);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket?.[Symbol.dispose]();
    done(error);
  }

  // What http.Agent expects of a socket.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/** What the kubelet says, in as many words as help: of a port that nobody listens on yet it names sandbox and network namespace. */
export function forwardFault(text: string): string {
  const port = /failed to connect to localhost:(\d{1,5})\b.*connection refused/s.exec(text)?.[1];
  return port === undefined ? text.trim().slice(0, maxErrorText) : `nothing listens on its port ${port} yet`;
}

/** Connects to `port` of a pod. Needs `get` and, from Kubernetes 1.35, `create` on pods/portforward. */
export async function connectPod(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
  port: number,
  signal: AbortSignal,
): Promise<PodConnection> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/portforward?ports=${port}`;
  const connection = new PodConnection();
  // Its errors reach whoever reads; until somebody does, none may end the process.
  connection.on('error', () => {});
  const socket = await connectSocket(
    client,
    { verb: 'create', resource: 'pods/portforward', namespace: pod.namespace, name: pod.name },
    path,
    ['v4.channel.k8s.io'],
    { onData: (bytes) => connection.receive(bytes), onEnd: (error) => connection.finish(error) },
    signal,
  );
  connection.attach(socket);
  return connection;
}
