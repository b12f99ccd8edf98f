/**
 * The whole journey on the embedded mesh: three filters from TypeScript to live traffic on eight services, and back.
 * Everything is done by the `wasmcast` command, as a person would type it; nothing here knows how it works.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { type Answer, startMesh, wasmcast } from './command.ts';
import { createNarrator } from './narrator.ts';
import { sendTraffic, trafficTable } from './traffic.ts';

const json = process.argv.includes('json') || process.argv.includes('--output=json');
const tell = createNarrator(json);
const shop = path.resolve(import.meta.dirname, '../shop');
const scratch = await mkdtemp(path.join(tmpdir(), 'wasmcast-demo-'));
// A state of its own: the demo leaves nothing behind and disturbs no mesh that runs already.
const env = { ...process.env, XDG_STATE_HOME: scratch, XDG_RUNTIME_DIR: scratch, NO_COLOR: '1' };
const began = performance.now();

/** Runs a command, shows it, and insists on its exit code. */
async function command(
  args: readonly string[],
  options: { stdin?: string; exit?: number; show?: 'stdout' | 'stderr' } = {},
): Promise<Answer> {
  const answer = await wasmcast(args, {
    cwd: shop,
    env,
    ...(options.stdin !== undefined && { stdin: options.stdin }),
  });
  tell.command(args, answer.exit, options.show === 'stderr' ? answer.stderr : answer.stdout);
  if (answer.exit !== (options.exit ?? 0))
    throw new Error(`wasmcast ${args.join(' ')}: exit ${answer.exit}\n${answer.stdout}${answer.stderr}`);
  return answer;
}

function insist(what: boolean, otherwise: string): void {
  if (!what) throw new Error(otherwise);
}

try {
  const manifest = await readFile(path.join(shop, 'wasmcast.yaml'), 'utf8');
  const filters = ['api-key', 'mask-body', 'add-header'];

  tell.step('Build three filters from TypeScript');
  await Promise.all(filters.map((name) => command(['build', `../filters/${name}`])));
  const modules = filters.map((name) => `../filters/${name}/build/filter.wasm`);

  tell.step('Check that Envoy takes them');
  await command(['check', ...modules]);

  tell.step('Start a mesh of eight services in two namespaces, and look at them on their first day');
  await using mesh = await startMesh({ cwd: shop, env });
  const firstDay = await sendTraffic(mesh.services);
  tell.traffic(trafficTable(firstDay), firstDay);

  tell.step('Plan, and roll the batch out');
  await command(['plan']);
  await command(['apply']);
  const refused = await sendTraffic(mesh.services);
  tell.say('without a key:');
  tell.traffic(trafficTable(refused), refused);
  const after = await sendTraffic(mesh.services, 'k-alice');
  tell.say('with a key:');
  tell.traffic(trafficTable(after), after);
  insist(
    after.every((r) => r.status === 200 && r.headers['x-greeting'] === 'hello'),
    'the filters are not live',
  );
  insist(
    refused.filter((r) => r.status === 401).length === 4,
    'the four services of namespace pay ask for a key',
  );

  tell.step('Apply again: nothing to do');
  await command(['apply']);

  tell.step('Change the configuration of one filter');
  const changed = manifest.replace('value: hello', 'value: welcome');
  await command(['apply', '-f', '-'], { stdin: changed });
  const welcome = await sendTraffic(mesh.services, 'k-alice');
  tell.traffic(trafficTable(welcome), welcome);
  insist(
    welcome.every((r) => r.headers['x-greeting'] === 'welcome'),
    'the new configuration is not live',
  );

  tell.step('Try to ship a configuration that the filter refuses');
  const bad = manifest.replace('header: x-greeting,', '');
  await command(['apply', '-f', '-'], { stdin: bad, exit: 65, show: 'stderr' });
  const untouched = await sendTraffic(mesh.services, 'k-alice');
  insist(isDeepStrictEqual(untouched, welcome), 'something changed');
  tell.say('refused before anything changed: every service answers as before');

  tell.step('Go back to the revision before');
  await command(['history']);
  await command(['rollback']);
  const back = await sendTraffic(mesh.services, 'k-alice');
  tell.traffic(trafficTable(back), back);
  insist(isDeepStrictEqual(back, after), 'not as it was');
  const status = await command(['status', '-o', 'json']);
  const live = JSON.parse(status.stdout.trim().split('\n').at(-1) ?? '{}') as {
    instances: number;
    live: number;
  };

  tell.step('Remove all of it');
  await command(['remove']);
  const lastDay = await sendTraffic(mesh.services);
  tell.traffic(trafficTable(lastDay), lastDay);
  insist(isDeepStrictEqual(lastDay, firstDay), 'a service does not answer as on its first day');

  const seconds = (performance.now() - began) / 1000;
  tell.say(`\nEvery service answers as on the first day. The whole journey took ${seconds.toFixed(1)} s.`);
  tell.summary({
    instances: live.instances,
    live: live.live,
    filters: filters.length,
    services: mesh.services.length,
    seconds,
  });
} finally {
  await rm(scratch, { recursive: true, force: true });
}
