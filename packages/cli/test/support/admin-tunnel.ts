import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { KubeConfig, PortForward } from '@kubernetes/client-node';

const adminPort = 15_000;
/** Short: a connection to a sidecar that does not listen yet is never answered, and the next one may be. */
const pageMs = 1_000;

/** The admin interface of one pod's sidecar, by the Kubernetes client and not by ours: asked again and again on one connection. */
export class AdminTunnel implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async open(kubeconfig: string, namespace: string, pod: string): Promise<AdminTunnel> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const forward = new PortForward(config);
    const server = net.createServer();
    const tunnel = new AdminTunnel(server);
    server.on('connection', (socket) => {
      tunnel.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => tunnel.#sockets.delete(socket));
      forward
        .portForward(namespace, pod, [adminPort], socket, null, socket)
        .then((ws) => {
          const { socket: upstream } = typeof ws === 'function' ? { socket: ws() } : { socket: ws };
          socket.on('close', () => upstream?.close());
        })
        .catch(() => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return tunnel;
  }

  /** A page as JSON. Rejects when the pod is gone, or its Envoy not up yet. */
  async json(path: string, stop: AbortSignal): Promise<unknown> {
    const { port } = this.#server.address() as AddressInfo;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(pageMs)]);
    const body = await new Promise<string>((resolve, reject) => {
      const asked = http.get({ host: '127.0.0.1', port, path, agent: this.#agent, signal }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
      });
      asked.on('error', reject);
    });
    return JSON.parse(body) as unknown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
