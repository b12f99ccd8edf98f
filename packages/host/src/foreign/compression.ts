import { deflateSync, inflateSync } from 'node:zlib';
import { Status } from '../abi/status.ts';
import type { ForeignFunction } from './foreign-function.ts';

/** The most that `uncompress` may make of its argument. */
const maxUncompressed = 64 * 1024 * 1024;

/** zlib's format, at its default level. */
export const compress: ForeignFunction = (_vm, args) => deflateSync(args);

export const uncompress: ForeignFunction = (_vm, args) => {
  try {
    return inflateSync(args, { maxOutputLength: maxUncompressed });
  } catch {
    return Status.SerializationFailure;
  }
};
