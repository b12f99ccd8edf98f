import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildImage } from './image/build.ts';
import { tarOf } from './image/tar-writer.ts';
import { pullModule, pushModule, resolveImage } from './index.ts';
import type { OciOptions } from './index.ts';
import { fakeModule } from './testing/modules.ts';
import {
  challenging,
  endless,
  honest,
  image,
  layerPath,
  on,
  sendManifest,
  startServer,
} from './testing/scripted-registry.ts';
import { sha256 } from './remote/manifests.ts';

const password = 'correct-horse';
const limits = { retryBaseMs: 1, retryMaxMs: 5, attempts: 3 };
const anonymous: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }), limits };
const jane: OciOptions = {
  credentials: () => Promise.resolve({ kind: 'basic', username: 'jane', password }),
  limits,
};

async function failure(promise: Promise<unknown>): Promise<{ kind: string; message: string; code: string }> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(
    /correct-horse|secret-token|signature/,
  );
  return error as { kind: string; message: string; code: string };
}

describe('credentials stay with the registry', () => {
  test('a blob behind a redirect is fetched without them', async () => {
    await using storage = await startServer((_, response) => void response.end(image.layer.bytes));
    await using registry = await startServer(
      challenging('Basic realm="x"'),
      on('GET', '/v2/a/b/blobs/', (_, response) => {
        response.writeHead(307, { location: `${storage.url}/blob?signature=secret-token` }).end();
      }),
      honest,
    );
    const pulled = await pullModule(`${registry.host}/a/b:1`, jane);
    expect(pulled.imageDigest).toBe(image.manifest.digest);
    expect(registry.seen.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('a redirect that comes back does not bring them back', async () => {
    await using registry = await startServer(
      challenging('Basic realm="x"'),
      on(
        'GET',
        layerPath,
        (_, response) => void response.writeHead(302, { location: `${there.url}/x` }).end(),
      ),
      honest,
    );
    await using there = await startServer((_, response) => {
      response.writeHead(302, { location: `${registry.url}/v2/a/b/again` }).end();
    });
    await failure(pullModule(`${registry.host}/a/b:1`, jane));
    const again = registry.seen.find(({ path }) => path === '/v2/a/b/again');
    expect(again?.headers.authorization).toBeUndefined();
    expect(again).toBeDefined();
  });

  test('a token server of somebody else does not get them', async () => {
    await using registry = await startServer(
      challenging('Bearer realm="http://evil.example/token",service="x"'),
      honest,
    );
    const error = await failure(pullModule(`${registry.host}/a/b:1`, jane));
    expect(error).toMatchObject({ kind: 'realm', code: 'WC-OCI-014' });
  });

  test('a token server that redirects does not get them passed on', async () => {
    await using other = await startServer((_, response) => void response.end('{"token":"secret-token"}'));
    await using tokens = await startServer(
      (_, response) => void response.writeHead(302, { location: other.url }).end(),
    );
    await using registry = await startServer(challenging(`Bearer realm="${tokens.url}/token"`), honest);
    const error = await failure(pullModule(`${registry.host}/a/b:1`, jane));
    expect(error.kind).toBe('malformed');
    expect(tokens.seen).toHaveLength(1);
    expect(other.seen).toHaveLength(0);
  });

  test('an upload does not go to another origin', async () => {
    await using other = await startServer((_, response) => void response.writeHead(201).end());
    await using registry = await startServer(
      challenging('Basic realm="x"'),
      on('HEAD', '/', (_, response) => void response.writeHead(404).end()),
      on(
        'POST',
        '/',
        (_, response) => void response.writeHead(202, { location: `${other.url}/upload` }).end(),
      ),
      honest,
    );
    const error = await failure(pushModule(`${registry.host}/a/b:1`, fakeModule(100), jane));
    expect(error).toMatchObject({ kind: 'uploadLocation', code: 'WC-OCI-015' });
    expect(other.seen).toHaveLength(0);
  });

  test('an upload that is redirected is not sent again elsewhere', async () => {
    await using other = await startServer((_, response) => void response.writeHead(201).end());
    await using registry = await startServer(
      on('HEAD', '/', (_, response) => void response.writeHead(404).end()),
      on(
        'PUT',
        '/v2/a/b/blobs/',
        (_, response) => void response.writeHead(307, { location: other.url }).end(),
      ),
      honest,
    );
    expect((await failure(pushModule(`${registry.host}/a/b:1`, fakeModule(100), anonymous))).kind).toBe(
      'redirect',
    );
    expect(other.seen).toHaveLength(0);
  });

  test('a manifest is not fetched from elsewhere', async () => {
    await using other = await startServer(honest);
    await using registry = await startServer((request, response) => {
      response.writeHead(307, { location: `${other.url}${request.path}` }).end();
    });
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('redirect');
    expect(other.seen).toHaveLength(0);
  });

  test('a token is asked for our repository, whatever scope the challenge names', async () => {
    await using registry = await startServer(
      on('GET', '/token', (_, response) => void response.end('{"token":"secret-token"}')),
      (request, response) =>
        request.headers.authorization === undefined
          ? void response
              .writeHead(401, {
                'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="s",scope="repository:other/secret:pull,push"`,
              })
              .end()
          : false,
      honest,
    );
    await pullModule(`${registry.host}/a/b:1`, jane);
    const asked = registry.seen.find(({ path }) => path === '/token');
    expect(asked?.query.get('scope')).toBe('repository:a/b:pull');
    expect(asked?.query.get('service')).toBe('s');
    expect(asked?.headers.authorization).toMatch(/^Basic /);
    expect(registry.seen.at(-1)?.headers.authorization).toBe('Bearer secret-token');
  });

  test('a token that would smuggle a header is refused', async () => {
    await using registry = await startServer(
      on('GET', '/token', (_, response) => void response.end('{"token":"a\\r\\nx-evil: 1"}')),
      (request, response) =>
        void response
          .writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` })
          .end(),
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('malformed');
  });

  test('a registry that never lets in is asked twice, not for ever', async () => {
    await using registry = await startServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    expect((await failure(pullModule(`${registry.host}/a/b:1`, jane))).kind).toBe('unauthorized');
    expect(registry.seen).toHaveLength(2);
  });
});

describe('bytes are what was asked for', () => {
  const digest = `sha256:${image.manifest.digest}`;

  test('a manifest with another digest than the reference', async () => {
    const other = buildImage(fakeModule(100)).manifest.bytes;
    await using registry = await startServer(
      on('GET', '/v2/a/b/m', (_, response) => sendManifest(response, other)),
      honest,
    );
    expect((await failure(pullModule(`${registry.host}/a/b@${digest}`, anonymous))).kind).toBe(
      'digestMismatch',
    );
  });

  test('a manifest with another digest than its header', async () => {
    await using registry = await startServer(
      on('GET', '/v2/a/b/m', (_, response) => {
        sendManifest(response, image.manifest.bytes, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
      }),
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('digestMismatch');
  });

  test('a digest header that is a path', async () => {
    await using registry = await startServer(
      on('HEAD', '/', (_, response) => {
        response.writeHead(200, { 'docker-content-digest': 'sha256:../../../../etc/passwd' }).end();
      }),
    );
    expect((await failure(resolveImage(`${registry.host}/a/b:1`, anonymous))).kind).toBe('malformed');
    expect(registry.seen).toHaveLength(1);
  });

  test('a layer digest that is a path', async () => {
    const evil = Buffer.from(image.manifest.bytes)
      .toString()
      .replace(`sha256:${image.layer.digest}`, 'sha256:../../x');
    await using registry = await startServer((_, response) => sendManifest(response, Buffer.from(evil)));
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('digest');
    expect(registry.seen).toHaveLength(1);
  });

  test.each([
    ['with one bit flipped', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 9000 ? byte ^ 1 : byte))],
    [
      'with one bit of its gzip header flipped',
      (bytes: Uint8Array) => bytes.map((byte, at) => (at === 4 ? 1 : byte)),
    ],
    ['that is no gzip any more', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 0 ? 0 : byte))],
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['with something behind it', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('x')])],
    ['that is empty', () => new Uint8Array()],
  ])('a layer %s', async (_, change) => {
    await using registry = await startServer(
      on('GET', layerPath, (__, response) => void response.end(change(image.layer.bytes))),
      honest,
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('digestMismatch');
  });

  test('a layer that is wrong only behind the module, which nobody needs to unpack', async () => {
    const layer = Buffer.concat([image.layer.bytes, fakeModule(4_000_000)]);
    const manifest = Buffer.from(image.manifest.bytes)
      .toString()
      .replace(image.layer.digest, sha256(layer))
      .replace(`"size":${image.layer.size}`, `"size":${layer.length}`);
    let sent = layer;
    await using registry = await startServer(
      on('GET', '/v2/a/b/m', (_, response) => sendManifest(response, Buffer.from(manifest))),
      on('GET', '/v2/a/b/b', (_, response) => void response.end(sent)),
    );
    const pulled = await pullModule(`${registry.host}/a/b:1`, anonymous);
    expect(pulled.moduleDigest).toBe(image.moduleDigest);
    sent = Buffer.from(layer.map((byte, at) => (at === layer.length - 1 ? byte ^ 1 : byte)));
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('digestMismatch');
  });

  test('a layer shorter than its Content-Length', async () => {
    await using registry = await startServer(
      on('GET', layerPath, (_, response) => {
        response.writeHead(200, { 'content-length': image.layer.size });
        response.write(image.layer.bytes.subarray(0, 100), () => response.destroy());
      }),
      honest,
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('unreachable');
    expect(registry.seen.filter(({ path }) => path === layerPath)).toHaveLength(limits.attempts);
  });

  test('a manifest that is an image and an index at once', async () => {
    const both = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(image.manifest.bytes).toString()), manifests: [] }),
    );
    await using registry = await startServer((_, response) => sendManifest(response, both));
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('malformed');
  });

  test('a manifest whose keys mean something else to a reader that ignores case', async () => {
    const twice = Buffer.from(Buffer.from(image.manifest.bytes).toString().replace('{', '{"Layers":[],'));
    await using registry = await startServer((_, response) => sendManifest(response, twice));
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('malformed');
  });

  test('a manifest of another type than it says', async () => {
    await using registry = await startServer((_, response) => {
      sendManifest(response, image.manifest.bytes, {
        'content-type': 'application/vnd.docker.distribution.manifest.v2+json',
      });
    });
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('malformed');
  });
});

describe('sizes and times have an end', () => {
  test.each([
    ['a manifest', '/v2/a/b/manifests/', { manifestBytes: 100_000 }, 200, 'tooLarge'],
    ['an error', '/v2/a/b/manifests/', { errorBytes: 10_000 }, 400, 'tooLarge'],
    ['a layer', layerPath, {}, 200, 'digestMismatch'],
  ])('%s that never ends', async (_, path, extra, status, kind) => {
    await using registry = await startServer(
      on('GET', path, (__, response) => {
        response.writeHead(status, { 'content-type': image.manifest.mediaType });
        endless(response, Buffer.alloc(16_384));
      }),
      honest,
    );
    const options = { ...anonymous, limits: { ...limits, ...extra } };
    expect((await failure(pullModule(`${registry.host}/a/b:1`, options))).kind).toBe(kind);
  });

  test('a token that never ends', async () => {
    await using registry = await startServer(
      on('GET', '/token', (_, response) => endless(response, Buffer.alloc(16_384, 'x'))),
      (request, response) =>
        void response
          .writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` })
          .end(),
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('tooLarge');
  });

  test('a layer that is declared larger than the limit is not asked for', async () => {
    await using registry = await startServer(honest);
    const options = { ...anonymous, limits: { layerBytes: image.layer.size - 1 } };
    expect((await failure(pullModule(`${registry.host}/a/b:1`, options))).kind).toBe('tooLarge');
    expect(registry.seen).toHaveLength(1);
  });

  test('a gzip bomb is stopped at the limit', async () => {
    const bomb = gzipSync(tarOf('plugin.wasm', new Uint8Array(64 * 1024 * 1024)));
    const layer = { digest: sha256(bomb), size: bomb.length };
    const manifest = Buffer.from(image.manifest.bytes)
      .toString()
      .replace(image.layer.digest, layer.digest)
      .replace(`"size":${image.layer.size}`, `"size":${layer.size}`);
    await using registry = await startServer(
      on('GET', '/v2/a/b/m', (_, response) => sendManifest(response, Buffer.from(manifest))),
      on('GET', '/v2/a/b/b', (_, response) => void response.end(bomb)),
    );
    const options = { ...anonymous, limits: { ...limits, unpackedBytes: 1024 * 1024 } };
    expect((await failure(pullModule(`${registry.host}/a/b:1`, options))).kind).toBe('tooLarge');
  });

  test('an answer that never begins', async () => {
    await using registry = await startServer(() => {});
    const options = { ...anonymous, limits: { attempts: 1, requestMs: 200 } };
    expect(await failure(pullModule(`${registry.host}/a/b:1`, options))).toMatchObject({
      kind: 'timeout',
      exit: 'unreachable',
    });
  });

  test('a body that drips', async () => {
    await using registry = await startServer((_, response) => {
      response.writeHead(200, { 'content-type': image.manifest.mediaType });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    const options = { ...anonymous, limits: { attempts: 1, requestMs: 300 } };
    expect((await failure(pullModule(`${registry.host}/a/b:1`, options))).kind).toBe('timeout');
  });

  test('redirects without end', async () => {
    await using registry = await startServer(
      on(
        'GET',
        '/v2/a/b/blobs/',
        (request, response) => void response.writeHead(302, { location: request.path }).end(),
      ),
      honest,
    );
    const error = await failure(pullModule(`${registry.host}/a/b:1`, anonymous));
    expect(error.kind).toBe('redirect');
    expect(registry.seen.filter(({ path }) => path === layerPath)).toHaveLength(6);
  });

  test('a registry that always says later', async () => {
    await using registry = await startServer(
      (_, response) => void response.writeHead(429, { 'retry-after': '86400' }).end(),
    );
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('rateLimited');
    expect(registry.seen).toHaveLength(limits.attempts);
  });

  test('the caller may give up at any moment, and hears its own reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    await using registry = await startServer(() => stop.abort(reason));
    const options = { ...anonymous, signal: stop.signal };
    await expect(pullModule(`${registry.host}/a/b:1`, options)).rejects.toBe(reason);
  });
});

describe('nobody is sent to where they should not go', () => {
  test.each([
    ['a metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['one over IPv6', 'http://[fd00:ec2::254]/'],
    ['one in IPv6 clothes', 'http://[::ffff:169.254.169.254]/'],
    ['one behind a name', 'http://innocent.test/'],
  ])('by a redirect to %s', async (_, location) => {
    await using registry = await startServer(
      on('GET', layerPath, (__, response) => void response.writeHead(302, { location }).end()),
      honest,
    );
    const options: OciOptions = {
      ...anonymous,
      resolver: () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]),
    };
    expect((await failure(pullModule(`${registry.host}/a/b:1`, options))).kind).toBe('address');
  });

  test('by a token server at a metadata service', async () => {
    await using registry = await startServer(challenging('Bearer realm="http://169.254.169.254/token"'));
    expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('address');
  });

  test.each(['file:///etc/passwd', 'gopher://x/', 'http://user:secret-token@127.0.0.1/', 'http://'])(
    'by a redirect to %s',
    async (location) => {
      await using registry = await startServer(
        on('GET', layerPath, (_, response) => void response.writeHead(302, { location }).end()),
        honest,
      );
      expect((await failure(pullModule(`${registry.host}/a/b:1`, anonymous))).kind).toBe('redirect');
    },
  );
});

describe('what registries say', () => {
  test('does not reach the terminal', async () => {
    const body = JSON.stringify({
      errors: [{ code: 'DENIED', message: '\u001b[2J correct-horse' }, { code: '\u001b[2J' }],
    });
    await using registry = await startServer((_, response) => void response.writeHead(403).end(body));
    const error = await failure(pullModule(`${registry.host}/a/b:1`, anonymous));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/answered 403, DENIED$/);
  });

  test('a fault passes: reads and uploads, which are named by their digests, are tried again', async () => {
    let faults = 2;
    await using registry = await startServer((_, response) => {
      faults -= 1;
      return faults < 0 ? false : void response.writeHead(503).end();
    }, honest);
    await pullModule(`${registry.host}/a/b:1`, anonymous);
    expect(registry.seen).toHaveLength(4);

    await using failing = await startServer(
      on('HEAD', '/', (_, response) => void response.writeHead(404).end()),
      on('POST', '/', (_, response) => void response.writeHead(503).end()),
    );
    expect((await failure(pushModule(`${failing.host}/a/b:1`, fakeModule(10), anonymous))).kind).toBe(
      'serverFault',
    );
    expect(failing.seen.filter(({ method }) => method === 'POST')).toHaveLength(limits.attempts);
  });
});
