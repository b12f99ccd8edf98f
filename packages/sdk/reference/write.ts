import { writeFile } from 'node:fs/promises';
import { referencePage } from './page.ts';
import { readSymbols } from './read-symbols.ts';

await writeFile(new URL('../docs/reference.md', import.meta.url), referencePage(await readSymbols()));
