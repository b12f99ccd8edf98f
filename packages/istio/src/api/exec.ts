import type { KubeClient } from './client.ts';
import { connectSocket } from './websocket.ts';

const channels = { stdout: 1, stderr: 2, status: 3 } as const;
const maxErrorText = 2000;

/** Runs a command in a container and gives its standard output. Throws when it fails or says more than `maxBytes`. */
export async function execInPod(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string; readonly container: string },
  command: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ container: pod.container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/exec?${query.toString()}`;
  const output: Buffer[] = [];
  let size = 0;
  let errorText = '';
  let status = '';
  const ended = Promise.withResolvers<undefined>();
  ended.promise.catch(() => {}); // it may end before anybody waits for it
  using _socket = await connectSocket(
    client,
    { verb: 'create', resource: 'pods/exec', namespace: pod.namespace, name: pod.name },
    path,
    ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    {
      onData: (message) => {
        const bytes = message.subarray(1);
        if (message[0] === channels.stdout) {
          size += bytes.byteLength;
          if (size > maxBytes) ended.reject(new Error(`the answer is larger than ${maxBytes} bytes`));
          else output.push(Buffer.from(bytes));
        } else if (message[0] === channels.stderr) {
          if (errorText.length < maxErrorText) errorText += bytes.toString('utf8');
        } else if (message[0] === channels.status) {
          status += bytes.toString('utf8').slice(0, maxErrorText);
          ended.resolve(undefined);
        }
      },
      onEnd: (error) => (error === undefined ? ended.resolve(undefined) : ended.reject(error)),
    },
    signal,
  );
  await ended.promise;
  signal.throwIfAborted();
  if (!status.includes('"Success"')) {
    throw new Error(`${command.join(' ')} failed: ${(errorText || status || 'the connection ended').trim()}`);
  }
  return Buffer.concat(output).toString('utf8');
}
