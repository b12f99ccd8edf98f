import { randomUUID } from 'node:crypto';
import { RegistryFault } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { StrictOptions } from './options.ts';
import { digestOf } from './store.ts';
import type { Store } from './store.ts';
import type { Tokens } from './tokens.ts';

/** Blobs and their uploads (distribution-spec, "Pushing blobs"); an upload moves on to a new state with every chunk. */
export class Blobs {
  readonly #store: Store;
  readonly #options: StrictOptions;
  readonly #tokens: Tokens;
  readonly #uploads = new Map<string, { bytes: Buffer; state: string; small: boolean }>();
  #cutUploads: number;
  #cutDownloads: number;

  constructor(store: Store, options: StrictOptions, tokens: Tokens) {
    this.#store = store;
    this.#options = options;
    this.#tokens = tokens;
    this.#cutUploads = options.cutUploads?.times ?? 0;
    this.#cutDownloads = options.cutDownloads?.times ?? 0;
  }

  /** HEAD, GET and DELETE of `/v2/<name>/blobs/<digest>`; ranges `bytes=N-` are honoured. */
  blob(exchange: Exchange, name: string, digest: string): void {
    const repository = this.#store.repositories.get(name);
    const bytes = repository?.blobs.get(digest);
    if (bytes === undefined) throw new RegistryFault(404, 'BLOB_UNKNOWN');
    if (exchange.method === 'DELETE') {
      repository?.blobs.delete(digest);
      return exchange.answer(202);
    }
    const from = Number(/^bytes=(\d+)-$/.exec(exchange.header('range') ?? '')?.[1] ?? 0);
    if (from >= bytes.length && from > 0) throw new RegistryFault(416, 'SIZE_INVALID');
    const part = bytes.subarray(from);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest, ...range };
    const cut = this.#options.cutDownloads?.afterBytes ?? 0;
    if (exchange.method === 'GET' && this.#cutDownloads > 0 && part.length > cut) {
      this.#cutDownloads -= 1;
      exchange.outgoing.writeHead(from === 0 ? 200 : 206, { ...headers, 'content-length': part.length });
      exchange.outgoing.write(part.subarray(0, cut), () => exchange.outgoing.destroy());
      return;
    }
    exchange.answer(from === 0 ? 200 : 206, headers, part);
  }

  /** POST `/v2/<name>/blobs/uploads/`: begins an upload, mounts, or takes a whole blob. */
  async begin(exchange: Exchange, name: string): Promise<void> {
    const { searchParams } = exchange.url;
    const digest = searchParams.get('mount') ?? searchParams.get('digest');
    const from = searchParams.get('from');
    if (digest !== null && from !== null && this.#tokens.may(exchange, from, 'pull')) {
      const bytes = this.#store.repositories.get(from)?.blobs.get(digest);
      if (bytes !== undefined) return this.#keep(exchange, name, digest, bytes);
    }
    const bytes = await exchange.body(this.#options.largestBody);
    if (searchParams.has('digest') && digest !== null) return this.#keep(exchange, name, digest, bytes);
    const id = randomUUID();
    this.#uploads.set(id, { bytes: Buffer.alloc(0), state: randomUUID(), small: false });
    this.#accept(exchange, name, id, 202);
  }

  /** GET, PATCH, PUT and DELETE of `/v2/<name>/blobs/uploads/<id>`. */
  async upload(exchange: Exchange, name: string, id: string): Promise<void> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new RegistryFault(404, 'BLOB_UPLOAD_UNKNOWN');
    if (exchange.method === 'GET') return this.#accept(exchange, name, id, 204);
    if (exchange.method === 'DELETE') {
      this.#uploads.delete(id);
      return exchange.answer(204);
    }
    if (exchange.url.searchParams.get('state') !== upload.state)
      throw new RegistryFault(400, 'BLOB_UPLOAD_INVALID');
    const at = upload.bytes.length;
    const range = exchange.header('content-range');
    if (range !== undefined && !range.startsWith(`${at}-`)) throw new RegistryFault(416, 'RANGE_INVALID');
    await this.#receive(exchange, upload);
    if (exchange.method === 'PATCH') {
      if (upload.small) throw new RegistryFault(416, 'SIZE_INVALID');
      upload.small = upload.bytes.length - at < (this.#options.minChunk ?? 0);
      upload.state = randomUUID();
      return this.#accept(exchange, name, id, 202);
    }
    const digest = exchange.url.searchParams.get('digest') ?? '';
    this.#keep(exchange, name, digest, upload.bytes);
    this.#uploads.delete(id);
  }

  async #receive(exchange: Exchange, upload: { bytes: Buffer }): Promise<void> {
    const limit = this.#options.largestBody ?? Infinity;
    if (this.#cutUploads === 0) {
      upload.bytes = Buffer.concat([upload.bytes, await exchange.body(limit)]);
      return;
    }
    const after = this.#options.cutUploads?.afterBytes ?? 0;
    let received = 0;
    for await (const chunk of exchange.incoming) {
      received += (chunk as Buffer).length;
      upload.bytes = Buffer.concat([upload.bytes, chunk as Buffer]);
      if (received < after) continue;
      this.#cutUploads -= 1;
      exchange.incoming.destroy();
      throw new RegistryFault(500, 'CUT');
    }
  }

  #keep(exchange: Exchange, name: string, digest: string, bytes: Buffer): void {
    if (digestOf(bytes) !== digest) throw new RegistryFault(400, 'DIGEST_INVALID');
    this.#store.open(name).blobs.set(digest, bytes);
    exchange.answer(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
  }

  #accept(exchange: Exchange, name: string, id: string, status: number): void {
    const upload = this.#uploads.get(id);
    const least = this.#options.minChunk;
    exchange.answer(status, {
      location: `/v2/${name}/blobs/uploads/${id}?state=${upload?.state}`,
      range: `0-${Math.max(0, (upload?.bytes.length ?? 0) - 1)}`,
      'content-length': 0,
      ...(least === undefined ? {} : { 'oci-chunk-min-length': least }),
    });
  }
}
