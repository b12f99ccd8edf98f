import { expect, it } from 'vitest';
import { mergeKubeconfigs, parseKubeconfig } from './kubeconfig.ts';

it('reads paths from the folder of the file, a program without a folder from PATH', () => {
  const { clusters, users } = parseKubeconfig(
    `
clusters:
- name: here
  cluster: { server: https://a, certificate-authority: pki/ca.crt, insecure-skip-tls-verify: "yes" }
users:
- name: files
  user: { client-certificate: /abs/tls.crt, client-key: tls.key, tokenFile: token }
- name: near
  user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [x] } }
- name: path
  user: { exec: { command: login } }
`,
    '/home/me/.kube',
  );
  expect(clusters.get('here')).toMatchObject({ caFile: '/home/me/.kube/pki/ca.crt', skipTlsVerify: false });
  expect(users.get('files')).toMatchObject({
    certFile: '/abs/tls.crt',
    keyFile: '/home/me/.kube/tls.key',
    tokenFile: '/home/me/.kube/token',
  });
  expect(users.get('near')).toMatchObject({ exec: { command: '/home/me/.kube/bin/login', args: ['x'] } });
  expect(users.get('path')).toMatchObject({ exec: { command: 'login' } });
});

it('takes the first of a name, in a file and over several', () => {
  const named = (server: string): string => `{ name: c, cluster: { server: "${server}" } }`;
  const one = parseKubeconfig(`clusters: [${named('https://one')}, ${named('https://twice')}]`, '/');
  const two = parseKubeconfig(
    `current-context: second\nclusters: [${named('https://two')}, { name: d, cluster: { server: https://d } }]`,
    '/',
  );
  const both = mergeKubeconfigs([one, two]);
  expect([...both.clusters].map(([name, { server }]) => [name, server])).toEqual([
    ['c', 'https://one'],
    ['d', 'https://d'],
  ]);
  expect(both.currentContext).toBe('second');
});

it.each([
  '',
  'just words',
  '[1, 2]',
  'clusters: {a: b}\nusers: [1, null]\ncontexts: 7',
  'users: [{name: [x]}]',
])('finds nothing in %j, and does not stumble', (source) => {
  const { contexts, currentContext } = parseKubeconfig(source, '/');
  expect([currentContext, contexts.size]).toEqual(['', 0]);
});

it('says where a file is no YAML', () => {
  expect(() => parseKubeconfig('users:\n  - {name: [}', '/')).toThrow(/line 2, column/);
});
