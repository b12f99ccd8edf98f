import { WasmcastError } from '@wasmcast/core';
import { checkLogin, parseRegistry, storeLogin } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { homeOf, registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** No password is longer; what is, is a file that was meant for something else. */
const longest = 64 * 1024;

/** `wasmcast login REGISTRY -u NAME --password-stdin`: tries the login and keeps it; the password is shown nowhere. */
export async function login(
  text: string,
  flags: { readonly username?: string },
  context: Context,
  view: View,
): Promise<void> {
  const registry = parseRegistry(text);
  const password = await readPassword(context);
  const tried = { registry, username: flags.username ?? '', password };
  const asked = await view.waiting(`logging in to ${registry}`, checkLogin(tried, registryOptions(context)));
  if (!asked) {
    throw new WasmcastError('WC-CLI-063', `${registry} lets everybody in and asks for no password`, {
      help: 'nothing was kept: there is nothing to log in to',
    });
  }
  const place = await storeLogin(tried, { env: context.env, home: homeOf(context), signal: context.stop });
  view.answer('login', `${registry}: logged in as ${tried.username}, kept by ${place}\n`, {
    registry,
    username: tried.username,
    keptBy: place,
  });
}

async function readPassword(context: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of context.stdin) {
    size += chunk.length;
    if (size > longest) break;
    chunks.push(chunk);
  }
  const [password = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  if (size > longest || password === '') {
    throw new WasmcastError('WC-CLI-064', 'there is no password on stdin', {
      exit: 'usage',
      help: 'wasmcast login registry.example -u jane --password-stdin < password.txt',
    });
  }
  return password;
}
