import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paint } from '../src/views/text.ts';
import { planText } from '../src/views/plan-text.ts';
import { rolloutLines } from '../src/views/rollout-text.ts';
import { statusText } from '../src/views/status-text.ts';
import { desiredFilter, workloadId } from '../../core/src/testing/values.ts';
import { Session } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ 'wasmcast.yaml': shop(), 'trail.wasm': await trailModule() });
}, 60_000);
afterAll(() => session[Symbol.asyncDispose]());

/** What a terminal would act upon. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const evil = 'a\u001B[2J\u001B]0;owned\u0007\r\u202Eb';

describe('flags', () => {
  test('of all commands are understood before and after the verb', async () => {
    const after = await session.json('status --target moon');
    const { stdout } = await session.run('-o json --target moon status');
    const [before] = stdout.split('\n').map((line) => (line === '' ? {} : (JSON.parse(line) as object)));
    expect(before).toMatchObject({ code: after.events[0]?.['code'] });
    expect((await session.run('--output=json status --target moon')).stdout).toContain('"code":"WC-CLI-020"');
  });

  test('help is on stdout and no failure; a command line without a command is one', async () => {
    const help = await session.run('--help');
    expect([help.exit, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/A filter:[^]+The fleet:[^]+apply \[options\]|apply \[plan\]/);
    expect(await session.run('apply --help')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('wasmcast apply plan.json'),
    });
    expect((await session.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await session.run('-o text')).exit).toBe(64);
  });
});

describe('colour', () => {
  const styled = (text: string): boolean => text.includes('\u001B[');

  test('only at a terminal; NO_COLOR and TERM=dumb say no, FORCE_COLOR says yes', async () => {
    const terminal = { columns: 80, rows: 24 };
    const line = 'plan -f nowhere.yaml';
    const seen = {
      pipe: styled((await session.run(line)).stderr),
      terminal: styled((await session.run(line, { terminal })).stderr),
      noColor: styled((await session.run(line, { terminal, env: { NO_COLOR: '1' } })).stderr),
      dumb: styled((await session.run(line, { terminal, env: { TERM: 'dumb' } })).stderr),
      forced: styled((await session.run(line, { env: { FORCE_COLOR: '1' } })).stderr),
    };
    expect(seen).toEqual({ pipe: false, terminal: true, noColor: false, dumb: false, forced: true });
  });

  test('never in JSON', async () => {
    const { stdout } = await session.run('plan -f nowhere.yaml -o json', { env: { FORCE_COLOR: '1' } });
    expect(styled(stdout)).toBe(false);
  });
});

describe('text from outside cannot steer the terminal', () => {
  const p = paint(false);

  test('names of files and messages', async () => {
    for (const line of [`check ${evil}`, `plan -f ${evil}`, `push ${evil} trail.wasm`, `init ${evil}`]) {
      const { stdout, stderr } = await session.run(line);
      expect(`${stdout}${stderr}`).not.toMatch(steering);
    }
  });

  test('what a filter logs, in a refusal and while it runs', async () => {
    await using _mesh = await session.mesh();
    await session.write({ 'bad.yaml': shop(JSON.stringify(`refuse ${evil}`)) });
    const { exit, stderr } = await session.run('apply -f bad.yaml');
    expect(exit).toBe(65);
    expect(stderr).not.toMatch(steering);
  });

  test('evidence of a proxy, names of pods, errors of a cluster', () => {
    const instance = { workload: workloadId('w'), name: evil, uid: '1' };
    const bad = { filter: evil, direction: 'inbound', verdict: 'crashed', evidence: evil } as const;
    const verdict = { instance, filters: [bad] };
    const who = { target: 't', step: 's', summary: evil } as const;
    const lines = rolloutLines(p);
    const texts = [
      statusText('t', [], [verdict], p),
      ...lines({ type: 'instance', target: 't', live: false, verdict }),
      ...lines({ type: 'step-failed', ...who, code: 'X', error: evil }),
      ...lines({ type: 'step-done', ...who }),
      ...lines({ type: 'unreadable', target: 't', code: 'X', error: evil }),
      ...lines({ type: 'remark', target: 't', code: 'X', error: evil }),
      ...lines({ type: 'instance-gone', target: 't', instance: evil, uid: '1' }),
      ...lines({ type: 'gate', target: 't', gate: evil, wave: 1, outcome: 'fail', says: evil }),
      ...lines({ type: 'going-back', target: 't', reason: evil }),
      ...lines({
        type: 'wave-started',
        target: 't',
        wave: 1,
        waves: 1,
        workloads: [`t/${evil}`],
        instances: 1,
      }),
    ];
    for (const text of texts) expect(text).not.toMatch(steering);
  });

  test('a plan, which may have been made elsewhere', () => {
    const after = desiredFilter('f', { config: { kind: 'text', text: evil } });
    const step = {
      id: 's',
      stage: 'change',
      summary: evil,
      precondition: null,
      before: null,
      after: null,
      restarts: 1,
    } as const;
    const text = planText(
      {
        schema: 'wasmcast.dev/plan/v1',
        fleet: 'shop',
        cause: 'apply',
        removeAll: false,
        rollout: { timeoutMs: 1, gates: [], maxRestarting: undefined, onFailure: 'rollback' },
        warnings: [],
        targets: [
          {
            target: 't',
            actions: [{ kind: 'install', workload: `t/${evil}`, direction: 'inbound', filter: evil, after }],
            steps: [step],
            expected: [],
            previous: [],
            waves: [{ workloads: [`t/${evil}`], instances: 1, restarts: 1, pauseMs: 0, manual: false }],
            impact: [
              {
                workloads: [
                  {
                    workload: `t/${evil}`,
                    instances: [evil],
                    restarts: 1,
                    failClosed: [{ direction: 'inbound', filter: evil }],
                    starts: [evil],
                  },
                ],
                reaches: { workloads: 1, instances: 1, namespaces: 1 },
                of: { workloads: 1, instances: 1, namespaces: 1 },
              },
            ],
            restarts: [{ workload: `t/${evil}`, instances: 1, note: evil }],
            versions: [evil],
            instances: 1,
            seen: {},
          },
        ],
      },
      p,
    );
    expect(text).not.toMatch(steering);
    expect(text).toContain('\uFFFD');
  });
});

describe('at a terminal', () => {
  test('a rollout is drawn in place and taken off; what stays is the result', async () => {
    await using _mesh = await session.mesh();
    const terminal = { columns: 60, rows: 10 };
    const { exit, stdout, stderr } = await session.run('apply', { terminal, env: { NO_COLOR: '1' } });
    expect([exit, stdout]).toEqual([0, expect.stringContaining('live: fleet shop on laptop')]);
    expect(stderr).not.toContain('done    install');
    expect(stderr).toContain('revision 1 on laptop');
  });
});
