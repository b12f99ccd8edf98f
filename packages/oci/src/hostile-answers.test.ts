import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { OciError, pullModule, pushModule } from './index.ts';
import type { OciOptions } from './index.ts';
import { fakeModule } from './testing/modules.ts';
import { challenging, honest, image, on, sendManifest, startServer } from './testing/scripted-registry.ts';

const limits = { retryBaseMs: 1, retryMaxMs: 5, attempts: 2 };
const anonymous: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }), limits };
/** For servers that say nothing more: only those are not waited for. */
const hasty: OciOptions = {
  ...anonymous,
  limits: { ...limits, connectMs: 300, headersMs: 300, requestMs: 600, bodyIdleMs: 300 },
};

/** The name of the refusal; anything that is none fails the test. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'it did not fail',
    (reason: unknown) => reason,
  );
  if (error instanceof OciError) return error.kind;
  throw error;
}

type Document = Record<string, unknown> & { readonly layers: readonly Record<string, unknown>[] };

/** The manifest of the honest image, changed. */
function changed(change: (document: Document) => unknown): Buffer {
  return Buffer.from(
    JSON.stringify(change(JSON.parse(Buffer.from(image.manifest.bytes).toString()) as Document)),
  );
}

/** What comes of pulling from a registry that serves this manifest. */
async function pullOf(manifest: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  await using registry = await startServer(
    on('GET', '/v2/a/b/manifests/', (_, response) => sendManifest(response, manifest, headers)),
    honest,
  );
  const kind = await refusal(pullModule(`${registry.host}/a/b:1`, anonymous));
  return { kind, asked: registry.seen.length };
}

describe('a layer that says it is elsewhere', () => {
  test.each(['layers', 'config'])('by urls in %s is taken from the registry all the same', async (part) => {
    await using stranger = await startServer((_, response) => void response.end(image.layer.bytes));
    const away = (entry: object) => ({ ...entry, urls: [`${stranger.url}/layer`] });
    const manifest = changed((document) =>
      part === 'layers'
        ? { ...document, layers: document.layers.map(away) }
        : { ...document, config: away(document['config'] as object) },
    );
    await using registry = await startServer(
      on('GET', '/v2/a/b/manifests/', (_, response) => sendManifest(response, manifest)),
      honest,
    );
    await pullModule(`${registry.host}/a/b:1`, anonymous);
    expect(stranger.seen).toEqual([]);
  });

  test('by the media type of foreign layers is refused, and nobody is asked', async () => {
    const type = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const manifest = changed((document) => ({
      ...document,
      layers: document.layers.map((layer) => ({ ...layer, mediaType: type })),
    }));
    expect(await pullOf(manifest)).toEqual({ kind: 'layout', asked: 1 });
  });
});

describe('a digest that is none is never put into an address', () => {
  const hex = image.layer.digest;
  test.each([
    ['of another algorithm', `sha512:${hex}${hex}`],
    ['in upper case', `sha256:${hex.toUpperCase()}`],
    ['one digit short', `sha256:${hex.slice(1)}`],
    ['one digit long', `sha256:${hex}0`],
    ['without its algorithm', hex],
    ['with an algorithm in upper case', `SHA256:${hex}`],
    ['with a line break behind it', `sha256:${hex}\n`],
    ['with a query behind it', `sha256:${hex}?x=`],
    ['with a path before it', `../../sha256:${hex}`],
    ['with a zero byte', `sha256:${hex.slice(1)}\0`],
    ['with digits of another script', `sha256:${hex.slice(1)}\u0661`],
    ['a number', 5],
    ['a list', [`sha256:${hex}`]],
    ['nothing', null],
  ])('%s', async (_, digest) => {
    const manifest = changed((document) => ({
      ...document,
      layers: document.layers.map((layer) => ({ ...layer, digest })),
    }));
    expect(await pullOf(manifest)).toEqual({ kind: 'digest', asked: 1 });
  });
});

describe('a size that is none', () => {
  test.each([
    ['negative', -1],
    ['half a byte', 0.5],
    ['beyond all numbers', 1e308],
    ['just past what is exact', 2 ** 53],
    ['a text', '1000'],
    ['nothing', null],
  ])('%s', async (_, size) => {
    const manifest = changed((document) => ({
      ...document,
      layers: document.layers.map((layer) => ({ ...layer, size })),
    }));
    expect(await pullOf(manifest)).toEqual({ kind: 'malformed', asked: 1 });
  });

  test('and one that is less than what comes', async () => {
    const manifest = changed((document) => ({
      ...document,
      layers: document.layers.map((layer) => ({ ...layer, size: image.layer.size - 1 })),
    }));
    expect(await pullOf(manifest)).toMatchObject({ kind: 'digestMismatch' });
  });
});

describe('a manifest that is no manifest', () => {
  test.each([
    ['a page of a captive portal', '<html>log in</html>', { 'content-type': 'text/html' }, 'malformed'],
    ['a page that calls itself a manifest', '<html>log in</html>', {}, 'malformed'],
    ['nothing', '', {}, 'malformed'],
    ['nests too deep to read', '['.repeat(200_000), {}, 'malformed'],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 'malformed'],
    ['is a list', '[]', {}, 'malformed'],
    ['is null', 'null', {}, 'malformed'],
  ] as const)('%s', async (_, body, headers, kind) => {
    expect(await pullOf(Buffer.from(body), headers)).toEqual({ kind, asked: 1 });
  });

  test.each([
    ['of schema 1', (d: Document) => ({ ...d, schemaVersion: 1 }), 'malformed'],
    [
      'with a thousand layers more',
      (d: Document) => ({ ...d, layers: Array(1001).fill(d.layers[0]) }),
      'malformed',
    ],
    ['whose layers are an object', (d: Document) => ({ ...d, layers: {} }), 'malformed'],
    ['whose layer is null', (d: Document) => ({ ...d, layers: [null] }), 'malformed'],
  ] as const)('%s', async (_, change, kind) => {
    expect(await pullOf(changed(change))).toEqual({ kind, asked: 1 });
  });

  test('with a key that changes every object reaches none', async () => {
    const text = Buffer.from(image.manifest.bytes)
      .toString()
      .replace('{', '{"__proto__":{"layers":[],"x":1},');
    await using registry = await startServer(
      on('GET', '/v2/a/b/manifests/', (_, response) => sendManifest(response, Buffer.from(text))),
      honest,
    );
    expect((await pullModule(`${registry.host}/a/b:1`, anonymous)).moduleDigest).toBe(image.moduleDigest);
    expect(({} as { readonly x?: unknown }).x).toBeUndefined();
  });

  test('with two headers that call it differently', async () => {
    await using registry = await startServer((_, response) => {
      const digests = [`sha256:${image.manifest.digest}`, `sha256:${'0'.repeat(64)}`];
      response.writeHead(200, { 'content-type': image.manifest.mediaType, 'docker-content-digest': digests });
      response.end(image.manifest.bytes);
    });
    expect(await refusal(pullModule(`${registry.host}/a/b:1`, anonymous))).toMatch(/malformed|digest/);
  });
});

describe('a body in a coding that nobody asked for', () => {
  test('is not decoded: neither a manifest', async () => {
    const packed = gzipSync(image.manifest.bytes);
    expect(await pullOf(packed, { 'content-encoding': 'gzip' })).toMatchObject({ kind: 'malformed' });
  });

  test('nor a bomb', async () => {
    const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(await pullOf(packed, { 'content-encoding': 'gzip' })).toMatchObject({ kind: 'malformed' });
  });
});

describe('a challenge that leads nowhere', () => {
  test.each([
    ['without a scheme', ''],
    ['of a scheme that nobody speaks', 'Negotiate abc'],
    ['without a realm', 'Bearer service="x"'],
    ['whose realm is no address', 'Bearer realm="token"'],
    ['whose realm is a file', 'Bearer realm="file:///etc/passwd"'],
    ['whose quotes never end', 'Bearer realm="https://x'],
    ['of sixty kilobytes', `Bearer realm="https://127.0.0.1:1/${'a'.repeat(10_000)}"`],
  ])('%s', async (_, challenge) => {
    await using registry = await startServer(challenging(challenge), honest);
    const kind = await refusal(pullModule(`${registry.host}/a/b:1`, anonymous));
    expect(kind).toMatch(/^(unauthorized|realm|malformed|unreachable|address)$/);
    expect(registry.seen.length).toBeLessThanOrEqual(2 * limits.attempts);
  });

  test.each([
    ['no JSON', '<html>'],
    ['a token that is a number', '{"token":5}'],
    ['no token', '{}'],
    ['a list', '[]'],
  ])('to a token server that answers %s', async (_, body) => {
    await using tokens = await startServer((__, response) => void response.end(body));
    await using registry = await startServer(challenging(`Bearer realm="${tokens.url}/token"`), honest);
    expect(await refusal(pullModule(`${registry.host}/a/b:1`, anonymous))).toMatch(/malformed|unauthorized/);
  });
});

describe('a status that is no answer', () => {
  test.each([204, 206, 304, 418, 999])('%i', async (status) => {
    await using registry = await startServer((_, response) => void response.writeHead(status).end());
    const kind = await refusal(pullModule(`${registry.host}/a/b:1`, anonymous));
    expect(kind).toMatch(/^(refusedByRegistry|malformed|redirect|serverFault)$/);
  });

  test.each(['1e99', '-5', '999999999', 'Fri, 01 Jan 2999 00:00:00 GMT', 'soon'])(
    '429 that asks to wait %j is asked again within our bounds',
    async (after) => {
      await using registry = await startServer(
        (_, response) => void response.writeHead(429, { 'retry-after': after }).end(),
      );
      expect(await refusal(pullModule(`${registry.host}/a/b:1`, anonymous))).toBe('rateLimited');
      expect(registry.seen).toHaveLength(limits.attempts);
    },
  );

  test('201 for another manifest than was sent', async () => {
    await using registry = await startServer(
      on('PUT', '/v2/a/b/manifests/', (_, response) => {
        response.writeHead(201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end();
      }),
      on('HEAD', '/', (_, response) => void response.writeHead(404).end()),
      honest,
    );
    expect(await refusal(pushModule(`${registry.host}/a/b:1`, fakeModule(10), anonymous))).toBe(
      'digestMismatch',
    );
  });
});

describe('a connection that is no HTTP', () => {
  /** A server that says this to whoever asks. */
  async function speaking(answer: (socket: Socket) => void) {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test.each<readonly [string, (socket: Socket) => void]>([
    ['noise', (socket) => socket.end(Buffer.alloc(4096, 0xa5))],
    ['half closed without a word', (socket) => socket.end()],
    ['reset at once', (socket) => socket.resetAndDestroy()],
    ['half closed in the middle of the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
    ['silent', () => {}],
    ['preliminary answers without end', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['one header without end', (socket) => drip(socket, 'a'.repeat(1000), 'HTTP/1.1 200 OK\r\nX: ')],
    [
      'two lengths',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello'),
    ],
    [
      'a length and chunks at once',
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
    [
      'chunks of a size that is no number',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    ],
  ])('%s', async (_, answer) => {
    await using registry = await speaking(answer);
    const kind = await refusal(pullModule(`${registry.host}/a/b:1`, hasty));
    expect(kind).toMatch(/^(unreachable|timeout|malformed|plainHttp|certificate)$/);
  });

  test('a second answer that nobody asked for is not taken for that of the next request', async () => {
    const manifest = Buffer.from(image.manifest.bytes);
    const head = (type: string, body: Uint8Array) =>
      `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const false_ = fakeModule(100);
    await using registry = await speaking((socket) => {
      socket.write(head(image.manifest.mediaType, manifest));
      socket.write(manifest);
      socket.write(head('application/octet-stream', false_));
      socket.write(false_);
    });
    const kind = await refusal(pullModule(`${registry.host}/a/b:1`, hasty));
    expect(kind).toMatch(/^(unreachable|timeout|malformed|digestMismatch)$/);
  });
});

/** Writes the same again and again, as long as anybody listens. */
function drip(socket: Socket, text: string, first = ''): void {
  socket.write(first);
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}
