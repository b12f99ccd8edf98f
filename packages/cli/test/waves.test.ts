import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runChild } from './support/child.ts';
import { type Event, type Ran, Session, type SessionMesh } from './support/session.ts';
import { trailModule } from './support/shop.ts';

const services = Array.from({ length: 6 }, (_, i) => `s${i}`);

/** A fleet of one filter on six services; `rollout` is a flow mapping, without gates unless it names some. */
function fleet(config: string, rollout: string): string {
  const ungated = rollout === '{}' ? '{gates: none}' : rollout.replace(/\}$/, ', gates: none}');
  return `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
filters:
- {name: trail, module: {file: trail.wasm}, config: ${config}}
targets:
- name: laptop
  local:
    services:
${services.map((name) => `    - {namespace: shop, name: ${name}, labels: {tier: web}}`).join('\n')}
bindings:
- {name: all, target: laptop, select: {namespace: shop, labels: {tier: web}}, chain: [trail]}
rollout: ${rollout.includes('gates:') ? rollout : ungated}
`;
}

let session: Session;
let mesh: SessionMesh;
/** What the probe of the gates answers, and how often it was asked. */
const probe = { status: 200, asked: 0, url: '' };
const server = createServer((_request, response) => {
  probe.asked += 1;
  response.writeHead(probe.status).end();
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  probe.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  session = await Session.open({ 'wasmcast.yaml': fleet('old', '{}'), 'trail.wasm': await trailModule() });
  mesh = await session.mesh();
}, 60_000);
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

/** What each service answers. */
async function trails(): Promise<(string | null)[]> {
  return await Promise.all(
    services.map(async (name) => (await fetch(mesh.url(name))).headers.get('x-trail')),
  );
}

const all = (trail: string): string[] => services.map(() => trail);
const first = (trail: string, others: string): string[] => [trail, ...services.slice(1).map(() => others)];

/** Workloads that a rollout wrote to. */
function written(events: readonly Event[]): string[] {
  const workloads = events.flatMap((e) => (e.type === 'step-started' ? [e['workload']] : []));
  return [...new Set(workloads.flatMap((w) => (typeof w === 'string' ? [w.split('/').at(-1) ?? ''] : [])))];
}

const types = (events: readonly Event[], ...wanted: string[]): string[] =>
  events.map((e) => e.type).filter((type) => wanted.includes(type));

beforeEach(async () => {
  probe.status = 200;
  await session.write({ 'wasmcast.yaml': fleet('old', '{waves: [100%]}') });
  await session.json('apply');
});

describe('waves', () => {
  test('are named by the plan, with what comes between them and what becomes of a failure', async () => {
    const rollout = `{timeout: 90s, waves: [1, pause, 50%, pause 10m], gates: [{name: probe, http: {url: '${probe.url}'}, count: 3, failureLimit: 1}]}`;
    await session.write({ 'wasmcast.yaml': fleet('new', rollout) });
    const { stdout } = await session.run('plan');
    expect(stdout).toContain('  wave 1 of 3: shop/LocalService/s0 (1 instance, none restarts)\n    ');
    expect(stdout).toContain('    then waits for `wasmcast promote`\n  wave 2 of 3: ');
    expect(stdout).toContain('    then pauses for 10m\n  wave 3 of 3: ');
    expect(stdout).toContain('after each wave: every instance is seen live within 1m30s\n');
    expect(stdout).toContain(
      `    gate probe: GET ${probe.url} answers 200; 3 measurements every 10s, at most 1 may fail\n`,
    );
    expect(stdout).toContain('on failure: all that was touched goes back by itself');
    expect((await session.run('plan --detailed-exitcode')).exit).toBe(2);
  });

  test('go by default to 1, 10 %, 50 %, and all; each is told', async () => {
    await session.write({ 'wasmcast.yaml': fleet('waves', '{}') });
    const { exit, events } = await session.json('apply');
    expect(exit).toBe(0);
    expect(
      events.flatMap((e) => (e.type === 'wave-started' ? [(e['workloads'] as string[]).length] : [])),
    ).toEqual([1, 2, 3]);
    expect(types(events, 'wave-started', 'wave-done')).toEqual(
      [1, 2, 3].flatMap(() => ['wave-started', 'wave-done']),
    );
    expect(await trails()).toEqual(all('a:waves'));
  });
});

describe('the gate that stands where none is named', () => {
  test('is told by the plan, measured after each wave, and passes what is fine', async () => {
    const text = fleet('watched', '{waves: [1, 100%]}').replace(', gates: none', '');
    await session.write({ 'wasmcast.yaml': text });
    const { stdout } = await session.run('plan');
    expect(stdout).toContain(
      '    gate default: counters of the proxies: no dead VM, no reloaded VM, no restart, no unready instance, 5xx at most 1 % more than before; 1 measurement, at most 1 may fail\n',
    );
    const { exit, events } = await session.json('apply');
    expect(exit).toBe(0);
    const measured = events.filter(({ type }) => type === 'gate');
    expect(measured.map((e) => [e['gate'], e['wave'], e['outcome']])).toEqual([
      ['default', 1, 'inconclusive'],
      ['default', 1, 'pass'],
      ['default', 2, 'inconclusive'],
      ['default', 2, 'pass'],
    ]);
  });
});

describe('a gate that fails', () => {
  const gated = (more = ''): string =>
    `{waves: [1], gates: [{name: probe, http: {url: '${probe.url}'}, interval: 1s}]${more}}`;

  test('takes the first wave back: exit 3, one screen with the evidence, nothing else was touched', async () => {
    probe.status = 503;
    await session.write({ 'wasmcast.yaml': fleet('bad', gated()) });
    const { exit, stdout, stderr } = await session.run('apply');
    expect(exit).toBe(3);
    expect(stdout).toMatch(
      new RegExp(
        [
          '^rolled back: fleet shop on laptop; what was there before is seen live again',
          '  what  gate probe of wave 1: http://[^ ]+ answered 503',
          '  where wave 1 of 2: shop/LocalService/s0',
          '  when  20[-0-9T:.]+Z, [0-9.]+s after the wave began',
          '  seen  gate probe: fail, http://[^ ]+ answered 503 \\(0 of 1 measurement passed\\)',
          '  back  shop/LocalService/s0: trail [0-9a-f]{16}',
          '  rest  5 other workloads: never touched',
          'help: .*`wasmcast retry`.*\n$',
        ].join('\n'),
      ),
    );
    expect(stderr).toContain('  gate probe: fail, http://');
    expect(stderr).toContain('going back: gate probe of wave 1');
    expect(await trails()).toEqual(all('a:old'));
    expect((await session.run('status')).stdout).toMatch(
      /the rollout \(apply\) of me@here since .* went back: gate probe/,
    );
  });

  test('as events; `retry` does the same again, and ends when the cause is mended', async () => {
    probe.status = 503;
    await session.write({ 'wasmcast.yaml': fleet('bad', gated()) });
    const { exit, events } = await session.json('apply');
    expect(exit).toBe(3);
    expect(types(events, 'wave-started', 'gate', 'going-back', 'wave-done')).toEqual([
      'wave-started',
      'gate',
      'going-back',
    ]);
    expect(new Set(written(events))).toEqual(new Set(['s0']));
    const result = events.find((e) => e.type === 'result') as unknown as { targets: readonly object[] };
    expect(result.targets).toMatchObject([
      {
        outcome: 'rolled-back',
        reason: expect.stringContaining('answered 503'),
        evidence: {
          wave: { number: 1, waves: 2 },
          gates: [{ gate: 'probe', outcome: 'fail', measured: 1, passed: 0 }],
        },
      },
    ]);
    expect(events.at(-1)).toMatchObject({ outcome: 'rolled-back', exitCode: 3 });
    expect((await session.json('resume')).events[0]).toMatchObject({ code: 'WC-ROLL-021' });
    probe.status = 200;
    const retried = await session.json('retry');
    expect([retried.exit, retried.events.at(-1)]).toEqual([
      0,
      expect.objectContaining({ command: 'retry', outcome: 'live' }),
    ]);
    expect(await trails()).toEqual(all('a:bad'));
    expect((await session.json('retry')).events[0]).toMatchObject({ code: 'WC-ROLL-021' });
  });

  test('with `onFailure: stop` leaves all as it is; `abort` takes it back, `retry` goes on', async () => {
    probe.status = 503;
    await session.write({ 'wasmcast.yaml': fleet('stop', gated(', onFailure: stop')) });
    const stopped = await session.json('apply');
    expect(stopped.exit).toBe(1);
    expect(stopped.events.find((e) => e.type === 'error')).toMatchObject({ code: 'WC-ROLL-020' });
    expect(await trails()).toEqual(first('a:stop', 'a:old'));
    expect((await session.json('promote')).events[0]).toMatchObject({
      code: 'WC-ROLL-021',
      message: expect.stringMatching(
        /it failed and stopped: gate probe of wave 1: .* answered 503/,
      ) as string,
      help: expect.stringContaining('`wasmcast retry`') as string,
    });
    const aborted = await session.json('abort');
    expect([aborted.exit, aborted.events.at(-1)]).toEqual([
      3,
      expect.objectContaining({ outcome: 'rolled-back' }),
    ]);
    expect(await trails()).toEqual(all('a:old'));
    expect((await session.json('apply')).exit).toBe(1);
    probe.status = 200;
    expect((await session.json('retry')).exit).toBe(0);
    expect(await trails()).toEqual(all('a:stop'));
  });
});

describe('a rollout that waits for a person', () => {
  let paused: Ran;
  beforeEach(async () => {
    await session.write({ 'wasmcast.yaml': fleet('manual', '{waves: [1, pause]}') });
    paused = await session.run('apply');
  });

  test('ends its command with 4, says what it waits for, and how to decide', async () => {
    expect(paused.exit).toBe(4);
    expect(paused.stdout).toMatch(
      /^paused: fleet shop on laptop.*\n {2}what {2}wave 1 of 2 is live and waits for `wasmcast promote`/,
    );
    expect(paused.stdout).toMatch(/help: .*promote.*resume.*abort/);
    expect(await trails()).toEqual(first('a:manual', 'a:old'));
  });

  test('is promoted: the other waves follow', async () => {
    const status = await session.run('status');
    expect([status.exit, status.stdout]).toEqual([
      0,
      expect.stringMatching(/is paused in wave 1 of 2: wave 1 of 2 is live/),
    ]);
    expect((await session.json('status')).events[0]).toMatchObject({
      type: 'rollout',
      rollout: { phase: 'paused', finished: 0, waves: 2, by: 'me@here' },
    });
    expect((await session.run('apply')).exit).toBe(4);
    expect((await session.json('pause')).events[0]).toMatchObject({ code: 'WC-ROLL-021', exitCode: 1 });
    const { exit, events } = await session.json('promote');
    expect([exit, events.at(-1)]).toEqual([
      0,
      expect.objectContaining({ command: 'promote', outcome: 'live' }),
    ]);
    expect(await trails()).toEqual(all('a:manual'));
    expect((await session.run('status')).stdout).not.toContain('the rollout');
    expect((await session.json('promote')).events[0]).toMatchObject({ code: 'WC-ROLL-021' });
  });

  test('is aborted, without a module at hand', async () => {
    await session.write({ 'wasmcast.yaml': fleet('manual', '{}').replace('trail.wasm', 'nowhere.wasm') });
    const { exit, stdout } = await session.run('abort');
    expect(exit).toBe(3);
    expect(stdout).toContain('  what  me@here aborted it\n');
    expect(stdout).toContain('  back  shop/LocalService/s0: trail ');
    expect(await trails()).toEqual(all('a:old'));
    expect((await session.json('abort')).events[0]).toMatchObject({ code: 'WC-ROLL-021' });
  });

  test('is not gone on with when the manifest has changed; apply begins anew', async () => {
    await session.write({ 'wasmcast.yaml': fleet('other', '{}') });
    for (const verb of ['resume', 'promote']) {
      const { exit, events } = await session.json(verb);
      expect([exit, events.find((e) => e.type === 'error')]).toEqual([
        65,
        expect.objectContaining({ code: 'WC-ROLL-022' }),
      ]);
    }
    expect((await session.run('plan')).stdout).toContain(
      'takes the place of a rollout that is paused (wave 1 of 2',
    );
    expect((await session.json('apply')).events.at(-1)).toMatchObject({ outcome: 'live' });
    expect(await trails()).toEqual(all('a:other'));
  });
});

describe('a rollout that somebody else runs', () => {
  const slow = '{waves: [1, pause 1h]}';

  test('is paused, resumed and promoted by requests that it hears', { timeout: 60_000 }, async () => {
    await session.write({ 'wasmcast.yaml': fleet('slow', slow) });
    const paused = Promise.withResolvers<Event>();
    const { exit, events } = await runChild(session, 'apply', (event) => {
      if (event.type !== 'waiting') return;
      paused.resolve(session.json('pause').then((answer) => answer.events.at(-2) ?? event));
    });
    expect([exit, events.at(-1)]).toEqual([4, expect.objectContaining({ outcome: 'paused' })]);
    expect(await paused.promise).toMatchObject({ type: 'asked', request: 'pause', answer: 'answered' });
    expect((await session.run('status')).stdout).toContain('me@here asked to pause it');
    expect(await trails()).toEqual(first('a:slow', 'a:old'));

    const promoted = Promise.withResolvers<unknown>();
    const watched = Promise.withResolvers<readonly Event[]>();
    const resumed = await runChild(session, 'resume', (event) => {
      if (event.type !== 'waiting') return;
      const onStdout = (text: string): void => {
        if (text.includes('"rollout"')) promoted.resolve(session.json('promote'));
      };
      watched.resolve(session.json('status --watch', { onStdout }).then((answer) => answer.events));
    });
    expect([resumed.exit, resumed.events.at(-1)]).toEqual([
      0,
      expect.objectContaining({ command: 'resume', outcome: 'live' }),
    ]);
    expect(await promoted.promise).toMatchObject({ exit: 0 });
    // Who watches sees whose it is and where it stands, until it is over, and then what runs.
    const seen = await watched.promise;
    expect(seen[0]).toMatchObject({
      type: 'rollout',
      target: 'laptop',
      rollout: { phase: 'rolling', finished: 0, waves: 2 },
      lock: { owner: expect.stringContaining('@'), nonce: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(types(seen, 'rollout', 'instance').slice(-services.length)).toEqual(
      services.map(() => 'instance'),
    );
    expect(seen.at(-1)).toMatchObject({ command: 'status', exitCode: 0, live: 6 });
    expect(await trails()).toEqual(all('a:slow'));
  });

  test('is aborted: it goes back, and says who wanted it', { timeout: 60_000 }, async () => {
    await session.write({ 'wasmcast.yaml': fleet('slow', slow) });
    const asked = Promise.withResolvers<unknown>();
    const { exit, events } = await runChild(session, 'apply', (event) => {
      if (event.type === 'waiting') asked.resolve(session.json('abort'));
    });
    expect(exit).toBe(3);
    expect(events.find((e) => e.type === 'going-back')).toMatchObject({
      reason: 'me@here asked to abort it',
    });
    expect(await asked.promise).toMatchObject({ exit: 0 });
    expect(await trails()).toEqual(all('a:old'));
  });

  test('is resumed after it was killed', { timeout: 60_000 }, async () => {
    await session.write({ 'wasmcast.yaml': fleet('killed', '{waves: [1, pause 2s]}') });
    const { exit } = await runChild(session, 'apply', (event, send) => {
      if (event.type === 'waiting') send('SIGKILL');
    });
    expect(exit).toBeNull();
    expect((await session.run('status')).stdout).toContain('was left in the middle in wave 1 of 2');
    expect((await session.json('resume')).events.at(-1)).toMatchObject({ outcome: 'live', exitCode: 0 });
    expect(await trails()).toEqual(all('a:killed'));
  });
});

test('a rollback goes at once, or wave by wave; a wave that waits is promoted as any other', async () => {
  await session.write({ 'wasmcast.yaml': fleet('newer', '{waves: [1, pause]}') });
  await session.json('apply');
  await session.json('promote');
  const plain = await session.run('rollback --dry-run');
  expect(plain.stdout).toContain('wave 1 of 1: shop/LocalService/s0');
  const waiting = await session.json('rollback --waves');
  expect([waiting.exit, waiting.events.at(-1)]).toEqual([4, expect.objectContaining({ outcome: 'paused' })]);
  expect(await trails()).toEqual(first('a:old', 'a:newer'));
  expect((await session.json('promote')).events.at(-1)).toMatchObject({ outcome: 'live' });
  expect(await trails()).toEqual(all('a:old'));
});

test('a rollback in waves is watched by the gates; one that fails pauses it, and takes nothing back', async () => {
  const gated = `{waves: [1], gates: [{name: probe, http: {url: '${probe.url}'}, interval: 1s}]}`;
  probe.status = 200;
  await session.write({ 'wasmcast.yaml': fleet('newer', gated) });
  await session.json('apply');
  probe.status = 503;
  const dry = (await session.run('rollback --waves --dry-run')).stdout;
  expect(dry).toMatch(/gate probe: GET [^]*on failure: it pauses if a gate fails/);
  const { exit, events } = await session.json('rollback --waves');
  expect([exit, events.at(-1)]).toEqual([4, expect.objectContaining({ outcome: 'paused' })]);
  expect(types(events, 'gate', 'wave-done', 'going-back')).toEqual(['gate']);
  expect(await trails()).toEqual(first('a:old', 'a:newer'));
  probe.status = 200;
  const resumed = await session.json('resume');
  expect(types(resumed.events, 'gate', 'wave-done')).toEqual(['gate', 'wave-done', 'gate', 'wave-done']);
  expect(resumed.events.at(-1)).toMatchObject({ outcome: 'live' });
  expect(await trails()).toEqual(all('a:old'));
});

test('a rollback that was interrupted is resumed as what it was', async () => {
  await session.write({ 'wasmcast.yaml': fleet('newer', '{}') });
  await session.json('apply');
  const stop = new AbortController();
  const onStdout = (text: string): void => {
    if (text.includes('"step-started"')) stop.abort(new Error('interrupted'));
  };
  expect((await session.json('rollback', { stop: stop.signal, onStdout })).exit).toBe(130);
  expect((await session.run('status')).stdout).toMatch(
    /the rollout \(rollback to \d+\) of me@here .* was left in the middle/,
  );
  expect((await session.json('resume')).events.at(-1)).toMatchObject({ outcome: 'live' });
  expect(await trails()).toEqual(all('a:old'));
  expect((await session.run('history')).stdout).toMatch(/rollback to \d+ [^\n]*\n$/);
});

test('a target that does not end live stops those after it', { timeout: 60_000 }, async () => {
  const service = (port: string): string => `{namespace: shop, name: ${port}, labels: {tier: web}}`;
  const binding = (target: string): string =>
    `- {name: ${target}, target: ${target}, select: {namespace: shop, labels: {tier: web}}, chain: [trail]}`;
  const manifest = (config: string, waves: string): string => `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: rings}
filters:
- {name: trail, module: {file: trail.wasm}, config: ${config}}
targets:
- {name: inner, local: {services: [${service('a')}]}}
- {name: outer, local: {services: [${service('b')}]}}
bindings:
${binding('inner')}
${binding('outer')}
rollout: {waves: ${waves}, gates: none}
`;
  await using rings = await Session.open({
    'trail.wasm': await trailModule(),
    'wasmcast.yaml': manifest('one', '[1, pause]'),
  });
  await using _mesh = await rings.mesh();
  const { exit, stdout } = await rings.run('apply');
  expect([exit, stdout]).toEqual([
    4,
    expect.stringMatching(/^paused: fleet rings on inner[^]*\nnot begun: fleet rings on outer\n$/),
  ]);
  const promoted = await rings.json('promote');
  expect([promoted.exit, promoted.events[0]]).toEqual([
    0,
    expect.objectContaining({ type: 'nothing-to-do', target: 'outer' }),
  ]);
  expect((await rings.run('apply')).stdout).toMatch(
    /^live: fleet rings on inner[^]*\npaused: fleet rings on outer/,
  );
  expect((await rings.run('abort')).exit).toBe(3);

  // Named in the waves, a target is a ring: it comes first, and its pause is its own.
  await rings.write({ 'wasmcast.yaml': manifest('two', '[target=outer, pause]') });
  expect((await rings.run('plan')).stdout).toContain('Targets one after the other: outer, inner');
  expect((await rings.run('apply')).stdout).toMatch(
    /^paused: fleet rings on outer[^]*\nnot begun: fleet rings on inner\n$/,
  );
  expect((await rings.run('promote')).exit).toBe(0);
  expect((await rings.run('apply')).stdout).toMatch(
    /^live: fleet rings on outer[^]*\nlive: fleet rings on inner/,
  );
});
