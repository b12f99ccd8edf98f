import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  RegistrySession,
  copyImage,
  formatDigest,
  inspectImage,
  listReferrers,
  listTags,
  mediaTypes,
  parseLocation,
  pullBlob,
  pushBlob,
  verifySignatures,
} from './index.ts';
import type { OciOptions } from './index.ts';
import { sha256 } from './remote/manifests.ts';
import {
  challenging,
  honest,
  image,
  layerPath,
  on,
  sendManifest,
  startServer,
} from './testing/scripted-registry.ts';
import type { Handler } from './testing/scripted-registry.ts';
import { fakeModule } from './testing/modules.ts';

const limits = { retryBaseMs: 1, retryMaxMs: 5, attempts: 3, pages: 20, listEntries: 500 };
const jane: OciOptions = {
  credentials: () => Promise.resolve({ kind: 'basic', username: 'jane', password: 'correct-horse' }),
  limits,
};

function json(response: ServerResponse, document: object, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
}

function open(host: string, options: OciOptions = jane): RegistrySession {
  return new RegistrySession({ registry: host, repository: 'a/b' }, 'pull,push', options);
}

/** What listing the tags of a registry that answers so ends with. */
async function tagsFrom(...handlers: readonly Handler[]): Promise<unknown> {
  await using registry = await startServer(...handlers);
  await using session = open(registry.host);
  return await listTags(session).catch((reason: unknown) => reason);
}

describe('lists', () => {
  test('a next page at another origin is refused and gets no credentials', async () => {
    await using there = await startServer((_, response) => json(response, { tags: ['x'] }));
    const error = await tagsFrom(challenging('Basic realm="x"'), (_, response) =>
      json(response, { tags: ['a'] }, { link: `<${there.url}/v2/a/b/tags/list?last=a>; rel="next"` }),
    );
    expect(error).toMatchObject({ kind: 'redirect' });
    expect(there.seen).toEqual([]);
  });

  test('a next page of another repository is refused', async () => {
    const link = '</v2/other/secret/tags/list?last=a>; rel="next"';
    expect(await tagsFrom((_, response) => json(response, { tags: ['a'] }, { link }))).toMatchObject({
      kind: 'redirect',
    });
  });

  test('pages without end are given up', async () => {
    let count = 0;
    const error = await tagsFrom((_, response) => {
      count += 1;
      json(response, { tags: [`t${count}`] }, { link: `</v2/a/b/tags/list?last=${count}>; rel="next"` });
    });
    expect(error).toMatchObject({ kind: 'tooLarge' });
    expect(count).toBe(limits.pages);
  });

  test('the same page again and again is noticed at once', async () => {
    let count = 0;
    const error = await tagsFrom((_, response) => {
      count += 1;
      json(response, { tags: ['a'] }, { link: '</v2/a/b/tags/list?last=a>; rel="next"' });
    });
    expect(error).toMatchObject({ kind: 'malformed' });
    expect(count).toBe(2);
  });

  test.each([
    [
      'more entries than anybody has',
      { tags: Array.from({ length: 501 }, (_, index) => `t${index}`) },
      'tooLarge',
    ],
    ['a tag that is a path', { tags: ['../../etc'] }, 'malformed'],
    ['a tag with an escape sequence', { tags: ['\u001B[2J'] }, 'malformed'],
    ['a tag that is no text', { tags: [1] }, 'malformed'],
    ['no list', { tags: 'latest' }, 'malformed'],
    ['nothing', {}, 'malformed'],
  ])('%s', async (_, document, kind) => {
    expect(await tagsFrom((__, response) => json(response, document))).toMatchObject({ kind });
  });

  test('no tags at all, as Go writes it, is an empty list', async () => {
    expect(await tagsFrom((_, response) => json(response, { tags: null }))).toEqual([]);
  });
});

describe('uploads', () => {
  const bytes = fakeModule(200_000);
  const blob = { digest: sha256(bytes), size: bytes.length, bytes };
  const missing = on('HEAD', '/', (_, response) => void response.writeHead(404).end());
  const begin = on('POST', '/', (_, response) => {
    response.writeHead(202, { location: '/v2/a/b/blobs/uploads/1' }).end();
  });
  const chunked: OciOptions = { ...jane, limits: { ...limits, wholeUploadBytes: 1000, chunkBytes: 50_000 } };

  async function upload(
    ...handlers: readonly Handler[]
  ): Promise<{ error: unknown; seen: readonly string[] }> {
    await using registry = await startServer(missing, ...handlers);
    await using session = open(registry.host, chunked);
    const error = await pushBlob(session, blob).catch((reason: unknown) => reason);
    return { error, seen: registry.seen.map(({ method, path }) => `${method} ${path}`) };
  }

  test('the next chunk goes to no other origin', async () => {
    await using there = await startServer();
    const { error } = await upload(
      begin,
      on('PATCH', '/', (_, response) => {
        response.writeHead(202, { location: `${there.url}/v2/a/b/blobs/uploads/1`, range: '0-49999' }).end();
      }),
    );
    expect(error).toMatchObject({ kind: 'uploadLocation' });
    expect(there.seen).toEqual([]);
  });

  test('a registry that has more of the blob than there is, is refused', async () => {
    const { error } = await upload(
      begin,
      on('PATCH', '/', (_, response) => void response.destroy()),
      on('GET', '/', (_, response) => {
        response.writeHead(204, { location: '/v2/a/b/blobs/uploads/1', range: '0-99999999' }).end();
      }),
    );
    expect(error).toMatchObject({ kind: 'malformed' });
  });

  test('an upload that never gets on ends', async () => {
    const { error, seen } = await upload(
      begin,
      on('PATCH', '/', (_, response) => void response.destroy()),
      on('GET', '/', (_, response) => {
        response.writeHead(204, { location: '/v2/a/b/blobs/uploads/1', range: '0-0' }).end();
      }),
    );
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(seen.filter((line) => line.startsWith('PATCH')).length).toBeLessThanOrEqual(limits.attempts ** 2);
  });

  test('a registry that calls every chunk too large is believed after a while', async () => {
    const { error, seen } = await upload(
      begin,
      on('PATCH', '/', (_, response) => void response.writeHead(413).end()),
      on('GET', '/', (_, response) => {
        response.writeHead(204, { location: '/v2/a/b/blobs/uploads/1', range: '0-0' }).end();
      }),
    );
    expect(error).toMatchObject({ kind: 'refusedByRegistry', status: 413 });
    expect(seen.length).toBeLessThan(20);
  });

  test('what is mounted from nowhere is uploaded', async () => {
    await using registry = await startServer(
      missing,
      on('POST', '/', ({ query }, response) =>
        query.has('mount') ? void response.writeHead(404).end() : false,
      ),
      begin,
      on('PUT', '/', (_, response) => void response.writeHead(201).end()),
    );
    await using session = open(registry.host);
    await pushBlob(session, blob, ['else/where']);
    expect(registry.seen.at(-1)?.method).toBe('PUT');
  });
});

describe('downloads that are taken up again', () => {
  const { layer } = image;
  const half = Math.floor(layer.size / 2);
  /** Breaks the first download in the middle; the second one is answered by the test. */
  const broken = (again: Handler): Handler => {
    let first = true;
    return on('GET', layerPath, (request, response) => {
      if (!first) return again(request, response);
      first = false;
      response.writeHead(200, { 'content-length': layer.size });
      response.write(layer.bytes.subarray(0, half), () => response.destroy());
    });
  };

  async function pull(again: Handler): Promise<unknown> {
    await using registry = await startServer(broken(again));
    await using session = open(registry.host);
    return await pullBlob(session, layer, (chunks) => buffer(chunks)).catch((reason: unknown) => reason);
  }

  const rest =
    (from: number, range: string | undefined): Handler =>
    (_, response) => {
      response
        .writeHead(206, range === undefined ? {} : { 'content-range': range })
        .end(layer.bytes.subarray(from));
    };

  test('by the part that was asked for, by all of it, or by an earlier part', async () => {
    const all: Handler = (_, response) => void response.writeHead(200).end(layer.bytes);
    for (const again of [rest(half, `bytes ${half}-`), all, rest(10, 'bytes 10-')])
      expect(sha256((await pull(again)) as Buffer)).toBe(layer.digest);
  });

  test('a part that says it is another one, or nothing, is no blob', async () => {
    expect(await pull(rest(half, 'bytes 0-'))).toMatchObject({ kind: 'digestMismatch' });
    expect(await pull(rest(half, undefined))).toMatchObject({ kind: 'malformed' });
    expect(await pull(rest(half, `bytes ${half + 100}-`))).toMatchObject({ kind: 'malformed' });
  });

  test('with the range, but without the credentials, when it is redirected', async () => {
    await using there = await startServer(rest(half, `bytes ${half}-`));
    await using registry = await startServer(
      challenging('Basic realm="x"'),
      broken((_, response) => void response.writeHead(307, { location: `${there.url}/x` }).end()),
    );
    await using session = open(registry.host);
    const got = await pullBlob(session, layer, (chunks) => buffer(chunks));
    expect(sha256(got)).toBe(layer.digest);
    expect(there.seen[0]?.headers).toMatchObject({ range: `bytes=${half}-` });
    expect(there.seen[0]?.headers.authorization).toBeUndefined();
  });
});

describe('what refers to an image', () => {
  const subject = image.manifest.digest;
  const place = { registry: '', repository: 'a/b' };

  test.each([
    ['an image instead of a list', { schemaVersion: 2, layers: [] }, 'malformed'],
    [
      'a digest that is a path',
      { schemaVersion: 2, manifests: [{ mediaType: 'a/b', size: 1, digest: '../x' }] },
      'digest',
    ],
    ['no JSON of a list', [], 'malformed'],
  ])('%s is refused', async (_, document, kind) => {
    await using registry = await startServer((__, response) => json(response, document));
    await using session = open(registry.host);
    await expect(
      listReferrers(session, { ...place, registry: registry.host }, subject),
    ).rejects.toMatchObject({
      kind,
    });
  });

  test('signatures without end are read up to a number', async () => {
    let read = 0;
    const layers = Array.from({ length: 500 }, () => ({
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      digest: formatDigest(image.config.digest),
      size: image.config.size,
      annotations: { 'dev.cosignproject.cosign/signature': 'AAAAAAAA' },
    }));
    const signatures = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers });
    await using registry = await startServer(
      on('GET', '/v2/a/b/referrers', (_, response) => json(response, { schemaVersion: 2, manifests: [] })),
      on('GET', '/v2/a/b/manifests', (_, response) => sendManifest(response, Buffer.from(signatures))),
      on('GET', '/v2/a/b/blobs', () => {
        read += 1;
        return false;
      }),
      honest,
    );
    expect(await verifySignatures(`${registry.host}/a/b`, subject, [], jane)).toEqual([]);
    expect(read).toBe(64);
  });
});

describe('trees of manifests', () => {
  test('an index that holds itself is refused by the copy, and by who looks at it', async () => {
    const index = (digest: string): Buffer =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: [{ mediaType: mediaTypes.ociIndex, digest, size: 1 }],
        }),
      );
    // No index can hold its own digest; one behind the other without end is what a registry can make up.
    const known = new Map<string, Buffer>();
    let last = `sha256:${'0'.repeat(64)}`;
    for (let depth = 0; depth < 10; depth += 1) {
      const bytes = index(last);
      last = formatDigest(sha256(bytes));
      known.set(last, bytes);
    }
    await using registry = await startServer(
      on('GET', '/v2/a/b/manifests/', ({ path }, response) => {
        const bytes = known.get(path.split('/').at(-1) ?? '') ?? known.get(last);
        sendManifest(response, bytes ?? Buffer.from(''), { 'content-type': mediaTypes.ociIndex });
      }),
    );
    const from = parseLocation(`${registry.host}/a/b:1`, '/');
    const to = parseLocation(`${registry.host}/c:1`, '/');
    await expect(copyImage(from, to, jane)).rejects.toMatchObject({ kind: 'malformed' });
    await expect(inspectImage(`${registry.host}/a/b:1`, jane)).rejects.toMatchObject({ kind: 'layout' });
  });
});
