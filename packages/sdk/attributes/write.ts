import { writeFile } from 'node:fs/promises';
import { attributesFile } from './generate.ts';

await writeFile(new URL('../assembly/attributes.ts', import.meta.url), attributesFile());
