import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';
import process from 'node:process';
import { type Answer, CommandFailed, startMesh, wasmcast } from './command.ts';
import type { Narrator } from './narrator.ts';
import { sendTraffic, trafficTable } from './traffic.ts';

const shop = path.resolve(import.meta.dirname, '../shop');
const filters = ['api-key', 'add-header', 'mask-body'];

/** How a command of the journey shall end, and what of it is told. */
interface Expected {
  readonly stdin?: string;
  readonly exit?: number;
  readonly show?: 'stdout' | 'stderr' | 'nothing';
}

/**
 * Goes the whole way. Everything is done by the `wasmcast` command, as a person would type it; nothing here knows how it
 * works. What must be true on the way is insisted on. `scratch` is a folder for the state of the commands: the demo
 * leaves nothing behind and disturbs no mesh that runs already.
 */
export async function journey(scratch: string, tell: Narrator, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const env = { ...process.env, XDG_STATE_HOME: scratch, XDG_RUNTIME_DIR: scratch, NO_COLOR: '1' };
  const at = { cwd: shop, env, signal };
  const command = async (line: string, expected: Expected = {}): Promise<Answer> => {
    const { stdin, exit = 0, show = 'stdout' } = expected;
    const args = line.split(' ');
    const answer = await wasmcast(args, { ...at, ...(stdin !== undefined && { stdin }) });
    if (answer.exit !== exit) throw new CommandFailed(args, answer);
    if (show !== 'nothing') tell.command(args, answer.exit, answer[show]);
    return answer;
  };
  const manifest = await readFile(path.join(shop, 'wasmcast.yaml'), 'utf8');

  tell.step('Build three filters from TypeScript');
  for (const name of filters) await command(`build ../filters/${name}`);

  tell.step('Check that Envoy takes them');
  await command(`check ${filters.map((name) => `../filters/${name}/build/filter.wasm`).join(' ')}`);

  tell.step('Start a mesh of eight services in two namespaces, and look at them on their first day');
  await using mesh = await startMesh(at);
  const traffic = async (key?: string): ReturnType<typeof sendTraffic> => {
    const replies = await sendTraffic(mesh.services, signal, key);
    tell.traffic(trafficTable(replies), replies);
    return replies;
  };
  const firstDay = await traffic();

  tell.step('Plan, and roll the batch out');
  await command('plan');
  await command('apply');
  tell.say('without a key:');
  const refused = await traffic();
  insist(refused.filter((r) => r.status === 401).length === 4, 'the four services of pay ask for a key');
  tell.say('with a key:');
  const after = await traffic('k-alice');
  insist(
    after.every((r) => r.status === 200 && r.headers['x-greeting'] === 'hello'),
    'the filters are live',
  );

  tell.step('Apply again: nothing to do');
  await command('apply');

  tell.step('Change the configuration of one filter');
  await command('apply -f -', { stdin: replaced(manifest, 'value: hello', 'value: welcome') });
  const welcome = await traffic('k-alice');
  insist(
    welcome.every((r) => r.headers['x-greeting'] === 'welcome'),
    'the new configuration is live',
  );

  tell.step('Try to ship a configuration that the filter refuses');
  const bad = replaced(manifest, 'header: x-greeting,', '');
  await command('apply -f -', { stdin: bad, exit: 65, show: 'stderr' });
  const untouched = await sendTraffic(mesh.services, signal, 'k-alice');
  insist(isDeepStrictEqual(untouched, welcome), 'nothing changed');
  tell.say('refused before anything changed: every service answers as before');

  tell.step('Go back to the revision before, and see what every service really runs');
  await command('history');
  await command('rollback');
  const back = await sendTraffic(mesh.services, signal, 'k-alice');
  insist(isDeepStrictEqual(back, after), 'every service answers as after the first rollout');
  await command('status');
  const { instances, live } = lastEvent(await command('status -o json', { show: 'nothing' }));

  tell.step('Remove all of it');
  await command('remove');
  const lastDay = await traffic();
  insist(isDeepStrictEqual(lastDay, firstDay), 'every service answers as on its first day');

  const seconds = Math.round((performance.now() - began) / 100) / 10;
  tell.say(`\nEvery service answers as on the first day. The whole journey took ${seconds} s.`);
  const services = mesh.services.length;
  tell.summary({ instances, live, filters: filters.length, services, seconds, exitCode: 0 });
}

function insist(truth: boolean, what: string): void {
  if (!truth) throw new Error(`this should be so, and is not: ${what}`);
}

/** The manifest with one place changed; a place that is not there would make the journey prove nothing. */
function replaced(manifest: string, from: string, to: string): string {
  insist(manifest.includes(from), `the manifest has ${JSON.stringify(from)}`);
  return manifest.replace(from, to);
}

function lastEvent({ stdout }: Answer): { readonly instances: number; readonly live: number } {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { instances: number; live: number };
}
