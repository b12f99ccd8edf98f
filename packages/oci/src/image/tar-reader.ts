import { OciError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import type { ModuleTaker } from './module-taker.ts';
import { blockSize, malformed, parsePax, parseTarHeader, paxSize, text } from './tar-header.ts';
import type { TarHeader } from './tar-header.ts';

const longestExtension = 1024 * 1024; // Go's archive/tar reads no longer ones either
const mostEntries = 100_000;

/**
 * Finds the file that Istio's agent would take (imagefetcher.go, extractWasmPluginBinary): the first entry whose base
 * name is `baseName`, in whatever folder. The agent does not look at the type of that entry; where it would take
 * something else than a regular file (a link has no bytes), this fails. Nothing is written, no link is followed.
 * @returns what `take` makes of its bytes, or `undefined` if there is no such entry. @throws OciError `archive`,
 * `tooLarge` for one of more than `limit` bytes
 */
export async function findInTar<T extends object>(
  chunks: AsyncIterable<Uint8Array>,
  baseName: string,
  limit: number,
  take: ModuleTaker<T>,
): Promise<T | undefined> {
  const reader = new ByteReader(chunks);
  try {
    for (let count = 0; count < mostEntries; count += 1) {
      const entry = await nextEntry(reader);
      if (entry === undefined) return undefined;
      if (baseNameOf(entry.name) === baseName) {
        if (entry.type !== '0' || entry.name.endsWith('/'))
          throw malformed(`${baseName} is not a regular file`);
        if (entry.size > limit)
          throw new OciError('tooLarge', `${baseName} has ${entry.size} bytes, more than ${limit}`);
        return await take(allOf(reader, entry), entry.size);
      }
      await skipPadded(reader, hasContent(entry.type) ? entry.size : 0);
    }
    throw malformed(`more than ${mostEntries} entries`);
  } finally {
    await reader.close();
  }
}

/** What an entry holds, all of it. */
async function* allOf(
  reader: ByteReader,
  { name, size }: TarHeader,
): AsyncGenerator<Uint8Array, void, undefined> {
  let have = 0;
  for await (const piece of reader.pieces(size)) {
    have += piece.length;
    yield piece;
  }
  if (have < size) throw malformed(`${baseNameOf(name)} is cut off`);
}

/** The next entry with what pax and GNU headers before it say about it. */
async function nextEntry(reader: ByteReader): Promise<TarHeader | undefined> {
  let pax: ReadonlyMap<string, string> | undefined;
  let longName: string | undefined;
  for (let extensions = 0; extensions < 16; extensions += 1) {
    const block = await headerBlock(reader);
    if (block === undefined) {
      if (pax !== undefined || longName !== undefined) throw malformed('it ends after an extended header');
      return undefined;
    }
    const header = parseTarHeader(block);
    if (header.type === 'x') pax = parsePax(await extension(reader, header.size));
    else if (header.type === 'L') longName = text(await extension(reader, header.size));
    else if (header.type === 'K') await extension(reader, header.size);
    else if (header.type === 'S' || [...(pax?.keys() ?? [])].some((key) => key.startsWith('GNU.sparse.'))) {
      throw malformed('sparse files are not accepted');
    } else {
      const size = pax?.get('size');
      const name = longName ?? (pax?.get('path') || header.name);
      return {
        name,
        type: header.type,
        size: size === undefined || size === '' ? header.size : paxSize(size),
      };
    }
  }
  throw malformed('too many extended headers');
}

/** `undefined` at the end: two blocks of zeros, or no more bytes. */
async function headerBlock(reader: ByteReader): Promise<Uint8Array | undefined> {
  const block = await reader.upTo(blockSize, blockSize);
  if (block.length === 0) return undefined;
  if (block.length < blockSize) throw malformed('it is cut off');
  if (!isZero(block)) return block;
  const second = await reader.upTo(blockSize, blockSize);
  if (second.length === 0 || isZero(second)) return undefined;
  throw malformed('there is something after its end');
}

async function extension(reader: ByteReader, size: number): Promise<Uint8Array> {
  if (size > longestExtension) throw malformed('an extended header is too long');
  const content = await reader.upTo(size, longestExtension);
  if (content.length < size) throw malformed('it is cut off');
  await skipPadded(reader, 0, size);
  return content;
}

async function skipPadded(reader: ByteReader, size: number, alreadyRead = 0): Promise<void> {
  const padding = (blockSize - ((size + alreadyRead) % blockSize)) % blockSize;
  if ((await reader.skip(size + padding)) < size + padding) throw malformed('it is cut off');
}

/** Links, devices, folders and pipes have no content, whatever their header says. */
function hasContent(type: string): boolean {
  return !['1', '2', '3', '4', '5', '6'].includes(type);
}

/** Go's filepath.Base: without trailing slashes, after the last slash. */
function baseNameOf(name: string): string {
  const trimmed = name.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}
