import { expect, it } from 'vitest';
import { forwardFault } from './port-forward.ts';

it("says in a few words that nobody listens yet, and leaves the kubelet's other errors as they are", () => {
  const refused =
    'error forwarding port 15000 to pod e8507c338ec8, uid : failed to execute portforward in network namespace ' +
    '"/run/netns/cni-777e6d50": failed to connect to localhost:15000 inside namespace "e8507c338ec8", IPv4: dial tcp4 ' +
    '127.0.0.1:15000: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found \n';
  expect(forwardFault(refused)).toBe('nothing listens on its port 15000 yet');
  expect(forwardFault('container not running (e8507c338ec8)\n')).toBe('container not running (e8507c338ec8)');
  expect(forwardFault('x'.repeat(9000))).toHaveLength(2000);
});
