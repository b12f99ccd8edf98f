import type { IncomingMessage, ServerResponse } from 'node:http';

/** A fault as a registry answers it (distribution-spec, "Error Codes"). */
export class RegistryFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** One request and its answer. */
export class Exchange {
  readonly method: string;
  readonly url: URL;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.method = incoming.method ?? '';
    this.url = new URL(incoming.url ?? '/', 'http://strict');
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Reads the whole body; more than `limit` bytes are a 413. */
  async body(limit = Infinity): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.incoming) {
      size += (chunk as Buffer).length;
      if (size <= limit) chunks.push(chunk as Buffer);
    }
    if (size > limit) throw new RegistryFault(413, 'SIZE_INVALID');
    return Buffer.concat(chunks);
  }

  answer(status: number, headers: Readonly<Record<string, string | number>> = {}, body?: Uint8Array): void {
    const length = body === undefined ? {} : { 'content-length': body.length };
    this.outgoing.writeHead(status, { ...length, ...headers });
    this.outgoing.end(this.method === 'HEAD' ? undefined : body);
  }

  json(document: object, headers: Readonly<Record<string, string>> = {}, status = 200): void {
    const body = Buffer.from(JSON.stringify(document));
    this.answer(status, { 'content-type': 'application/json', ...headers }, body);
  }

  fault({ status, code, headers }: RegistryFault): void {
    this.json({ errors: [{ code, message: code }] }, headers, status);
  }
}
