import process from 'node:process';
import { envoyVersions } from '@wasmcast/wasm';
import { version as own } from '../version.ts';
import type { View } from '../views/view.ts';

/** `wasmcast version`: what somebody who helps asks for first. */
export async function version(view: View): Promise<void> {
  const { node, v8 } = process.versions;
  const platform = `${process.platform}-${process.arch}`;
  const envoys = `${envoyVersions[0]} to ${envoyVersions.at(-1)}`;
  view.answer(
    'version',
    `wasmcast  ${own}\nNode      ${node} (V8 ${v8})\nplatform  ${platform}\nEnvoy     ${envoys}\n`,
    { wasmcast: own, node, v8, platform, envoy: envoyVersions },
  );
}
