#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
import module from 'node:module';
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `error[WC-CLI-001]: wasmcast needs Node 24.15 or newer; this is ${process.version}\n` +
      'help: in a checkout, `npm ci` brings Node 24 and `npx wasmcast` runs on it\n',
  );
  process.exit(69);
}
module.enableCompileCache?.();
const { main } = await import('../src/main.ts');
await main();
