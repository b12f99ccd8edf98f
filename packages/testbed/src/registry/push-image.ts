import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WasmcastError } from '@wasmcast/core';
import type { Layer } from '../cache/layer.ts';

/** An image as a list of layer folders (see `packLayer`), lowest first. */
export interface LocalImage {
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
}

/** Pushes an OCI image for linux/amd64 to a plain HTTP registry; blobs that it has are not sent again. */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  image: LocalImage,
  signal?: AbortSignal,
): Promise<void> {
  const base = `http://${host}/v2/${repository}`;
  const layers: Layer[] = [];
  for (const folder of image.layers) {
    const layer = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8')) as Layer;
    const content = (): Readable => createReadStream(join(folder, 'layer.tar.gz'));
    await pushBlob(base, layer.digest, layer.size, content, signal);
    layers.push(layer);
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {
        Entrypoint: image.entrypoint,
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    }),
  );
  const configDigest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  await pushBlob(base, configDigest, config.length, () => Readable.from([config]), signal);
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: configDigest,
        size: config.length,
      },
      layers: layers.map(({ digest, size }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size,
      })),
    }),
  );
  await send(
    'PUT',
    `${base}/manifests/${tag}`,
    { type, size: manifest.length },
    Readable.from([manifest]),
    signal,
  );
}

async function pushBlob(
  base: string,
  digest: string,
  size: number,
  content: () => Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await fetch(`${base}/blobs/${digest}`, { method: 'HEAD', signal: signal ?? null })).ok) return;
  const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST', signal: signal ?? null });
  const location = started.headers.get('location');
  if (started.status !== 202 || location === null) {
    throw new WasmcastError('WC-BED-013', `the registry answers ${started.status} to an upload`);
  }
  const target = new URL(location, base);
  target.searchParams.set('digest', digest);
  await send('PUT', target.href, { type: 'application/octet-stream', size }, content(), signal);
}

async function send(
  method: string,
  url: string,
  head: { readonly type: string; readonly size: number },
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const headers = { 'content-type': head.type, 'content-length': head.size };
  const asked = request(url, { method, headers, agent: false, ...(signal ? { signal } : {}) });
  const status = new Promise<number>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
  });
  await Promise.all([pipeline(body, asked), status]);
  if ((await status) !== 201)
    throw new WasmcastError('WC-BED-013', `the registry answers ${await status} to ${url}`);
}
