import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from '../api/client.ts';
import { openEndpoint } from '../api/endpoint.ts';
import { credentialsOf } from './credentials.ts';
import { parseKubeconfig } from './kubeconfig.ts';
import { throughLibrary } from './library-credentials.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-kube-'));
  for (const name of ['ca', 'cert', 'key', 'token'])
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path.join(folder, name), `the ${name} in a file\n`);
});

afterAll(() => rm(folder, { recursive: true }));

function parts(cluster: string, user: string) {
  const { clusters, users } = parseKubeconfig(
    `clusters: [{ name: c, cluster: { server: "https://api", ${cluster} } }]\nusers: [{ name: u, user: { ${user} } }]`,
    folder,
  );
  const [found, who] = [clusters.get('c'), users.get('u')];
  if (found === undefined || who === undefined) throw new Error('not read');
  return [found, who] as const;
}

describe('credentials of a kubeconfig', () => {
  it.each([
    ['', ''],
    ['', 'token: abc'],
    ['', 'username: me, password: "pass:word"'],
    ['certificate-authority: ca', 'client-certificate: cert, client-key: key'],
    [
      `certificate-authority-data: ${base64('CA')}, tls-server-name: other`,
      `client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}`,
    ],
    ['insecure-skip-tls-verify: true', 'token: abc, as: somebody'],
  ])("are those of Kubernetes' own library, which is not loaded for them: %s, %s", async (cluster, user) => {
    const [place, who] = parts(cluster, user);
    const theirs = await throughLibrary(place, who)();
    const ours = await credentialsOf(place, { ...who, impersonates: parts('', '')[1].impersonates })();
    expect(ours).toEqual(theirs);
  });

  it('are read anew each time from a file of a token', async () => {
    const read = credentialsOf(...parts('', 'tokenFile: token, token: old'));
    expect(await read()).toMatchObject({ headers: { Authorization: 'Bearer the token in a file' } });
    await writeFile(path.join(folder, 'token'), 'renewed\n');
    expect(await read()).toMatchObject({ headers: { Authorization: 'Bearer renewed' } });
  });

  it("come from a user's program beside the kubeconfig, asked once while they last", async () => {
    const program = path.join(folder, 'login');
    const credential = { status: { token: 'by-program', expirationTimestamp: '2999-01-01T00:00:00Z' } };
    await writeFile(
      program,
      `#!/bin/sh\necho asked >> ${folder}/asked\necho '${JSON.stringify(credential)}'\n`,
    );
    await chmod(program, 0o700);
    const read = credentialsOf(...parts('', 'exec: { command: ./login }'));
    expect(await read()).toMatchObject({ headers: { Authorization: 'Bearer by-program' } });
    await rm(program);
    expect(await read()).toMatchObject({ headers: { Authorization: 'Bearer by-program' } });
  });

  it('go through a proxy where the cluster names one', async () => {
    const { agent } = await credentialsOf(...parts('proxy-url: "http://localhost:3128"', 'token: abc'))();
    expect(agent).toHaveProperty('proxy.port', '3128');
  });

  it('say for whom requests are made: user, uid, each group and what else is known', async () => {
    const seen: string[] = [];
    const server = createServer(({ rawHeaders }, response) => {
      seen.push(...rawHeaders);
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const file = path.join(folder, 'config');
    const { port } = server.address() as AddressInfo;
    const user =
      'as: ann, as-uid: "7", as-groups: [dev, ops], as-user-extra: { example.org/reason: [drill] }';
    await writeFile(
      file,
      `current-context: x\ncontexts: [{ name: x, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "http://127.0.0.1:${port}" } }]\nusers: [{ name: u, user: { ${user} } }]`,
    );
    const endpoint = openEndpoint({ kubeconfig: file });
    const client = new KubeClient(endpoint, `test/${process.version}`);
    await client.review('/', 'any', {}, AbortSignal.timeout(10_000));
    endpoint.close();
    server.close();
    const headers = seen.flatMap((name, i) =>
      name.startsWith('Impersonate-') ? [`${name}: ${seen[i + 1]}`] : [],
    );
    expect(headers.toSorted()).toEqual([
      'Impersonate-Extra-example.org%2Freason: drill',
      'Impersonate-Group: dev',
      'Impersonate-Group: ops',
      'Impersonate-Uid: 7',
      'Impersonate-User: ann',
    ]);
  });
});
