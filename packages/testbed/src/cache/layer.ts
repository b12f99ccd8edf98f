import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { WasmcastError } from '@wasmcast/core';

/** A layer as a blob in a folder: `layer.tar.gz`, described by `layer.json`. */
export interface Layer {
  /** `sha256:…` of the compressed blob. */
  readonly digest: string;
  /** `sha256:…` of the tar inside. */
  readonly diffId: string;
  /** Bytes of the compressed blob. */
  readonly size: number;
}

/** Packs everything in `tree`, owned by root whoever owns it, into `folder`; the same tree gives the same digest. */
export async function packLayer(tree: string, folder: string, signal?: AbortSignal): Promise<Layer> {
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  const file = join(folder, 'layer.tar.gz');
  const order = ['--sort=name', '--mtime=@0', '--numeric-owner', '--exclude=./dev/*'];
  const tar = spawn('tar', ['-C', tree, ...order, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(tar, 'close');
  const taps = [new PassThrough(), new PassThrough()] as const;
  taps[0].on('data', (chunk: Buffer) => plain.update(chunk));
  taps[1].on('data', (chunk: Buffer) => packed.update(chunk));
  const options = signal ? { signal } : {};
  await pipeline(tar.stdout, taps[0], createGzip({ level: 5 }), taps[1], createWriteStream(file), options);
  const [code] = await exit;
  if (code !== 0) throw new WasmcastError('WC-BED-003', `tar of ${tree} ended with ${code}`);
  const layer: Layer = {
    digest: `sha256:${packed.digest('hex')}`,
    diffId: `sha256:${plain.digest('hex')}`,
    size: (await stat(file)).size,
  };
  await writeFile(join(folder, 'layer.json'), JSON.stringify(layer));
  return layer;
}
