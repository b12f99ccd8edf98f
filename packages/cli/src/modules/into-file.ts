import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { WasmcastError } from '@wasmcast/core';
import type { ModuleTaker } from '@wasmcast/oci';

/** Some pieces wait for the disk while the next ones come. */
const waitingBytes = 1024 * 1024;

/** Writes a module into a file while it arrives, whatever its size; `name` is what people call it. @throws `WC-CLI-061` */
export function intoFile(file: string, name: string): ModuleTaker<{ readonly file: string }> {
  return async (bytes) => {
    const disk = createWriteStream(file, { highWaterMark: waitingBytes });
    const faults: NodeJS.ErrnoException[] = [];
    disk.on('error', (error) => faults.push(error));
    try {
      await pipeline(bytes, disk);
    } catch (cause) {
      const [fault] = faults;
      // What is wrong with the bytes ends the file too.
      if (fault?.syscall === undefined || cause !== fault) throw cause;
      throw new WasmcastError('WC-CLI-061', `cannot write ${name} (${fault.code})`, { cause });
    }
    return { file };
  };
}
