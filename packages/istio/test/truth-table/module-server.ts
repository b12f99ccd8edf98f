import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildImage, type WasmImage } from '@wasmcast/oci';
import type { Served } from './kinds.ts';

/** How a module is served, and the image that it is in. */
interface Entry {
  readonly served: Served;
  readonly image: WasmImage;
  /** What comes for the image's layer. */
  readonly layer: Uint8Array;
}

/**
 * Serves modules that something is wrong with, as files (`/module/<name>`) and as images of a registry (`/v2/<name>/…`);
 * to any other request it is the service behind the proxy, and answers 200.
 */
export class ModuleServer implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', () => this.#answer(incoming, outgoing));
  });

  static async start(host = '127.0.0.1'): Promise<ModuleServer> {
    const server = new ModuleServer();
    await new Promise<void>((resolve) => void server.#server.listen(0, host, resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on there is a module of this name. The image is a whole one; what is served of its layer may be another. */
  add(name: string, wanted: Uint8Array, served: Served): WasmImage {
    const image = buildImage(wanted);
    const other = served.kind === 'bytes' && served.bytes !== wanted ? buildImage(served.bytes) : image;
    this.#entries.set(name, { served, image, layer: other.layer.bytes });
    return image;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const [, room, name = '', sort, digest] = (incoming.url ?? '').split('/');
    const entry = room === 'module' || room === 'v2' ? this.#entries.get(name) : undefined;
    if (entry === undefined) return void outgoing.end('served');
    const { served, image, layer } = entry;
    switch (served.kind) {
      case 'status':
        return void outgoing.writeHead(served.status).end();
      case 'never':
        return;
      case 'bytes':
        break;
    }
    if (room === 'module') return void outgoing.end(served.bytes);
    const { manifest, config } = image;
    if (sort === 'manifests')
      return void outgoing.writeHead(200, { 'content-type': manifest.mediaType }).end(manifest.bytes);
    if (digest === `sha256:${config.digest}`) return void outgoing.end(config.bytes);
    outgoing.end(layer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
