import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { debianPackages, ensurePackages } from '../cache/packages.ts';
import { stderrSink } from '../events.ts';
import { createAuthority } from '../pki/authority.ts';
import { LoggedProcess } from '../process/logged-process.ts';
import { run } from '../process/run.ts';

/** Options of {@link startRegistry}. */
export interface RegistryOptions {
  /** The IPv4 address to listen on. Default: the loopback. */
  readonly address?: string;
  /** Asks for this user and password on every request, in a realm: agents since Istio 1.30 take only one that is a URL. */
  readonly htpasswd?: { readonly user: string; readonly password: string; readonly realm?: string };
  /** Serves HTTPS by a certificate of an authority of its own, for `localhost` and `127.0.0.1`. */
  readonly tls?: boolean;
  /** With `tls`: takes only clients that show a certificate of that authority; {@link RunningRegistry.client} is one. */
  readonly clientCertificates?: boolean;
}

/** A real OCI registry that runs until it is disposed of, with its own empty store. */
export interface RunningRegistry extends AsyncDisposable {
  /** `<address>:<port>`, as it stands in image references. */
  readonly host: string;
  readonly url: string;
  /** The authority to trust, PEM, with `tls`. */
  readonly ca: string | undefined;
  /** A certificate and its key, PEM, that it takes, with `clientCertificates`. */
  readonly client: { readonly certificate: string; readonly key: string } | undefined;
  /** The folder of its blobs and manifests. */
  readonly store: string;
  logs(): string;
  stop(): Promise<void>;
}

/** Starts Debian's docker-registry on a free port; deleting is allowed. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const packages = options.tls
    ? [debianPackages.registry, debianPackages.openssl]
    : [debianPackages.registry];
  await ensurePackages(packages, { emit: stderrSink });
  const folder = await mkdtemp(join(tmpdir(), 'testbed-registry-'));
  const store = join(folder, 'store');
  const authority = options.tls ? await createAuthority(folder, 'testbed-registry') : undefined;
  const pair = await authority?.issue('registry', '/CN=localhost', ['DNS:localhost', 'IP:127.0.0.1']);
  const passwords = join(folder, 'htpasswd');
  if (options.htpasswd) await writeFile(passwords, await htpasswdLine(options.htpasswd));
  const clientPair = options.clientCertificates
    ? await authority?.issue('client', '/CN=jane', ['DNS:jane'])
    : undefined;
  const client = clientPair && {
    certificate: await readFile(clientPair.certificate, 'utf8'),
    key: await readFile(clientPair.key, 'utf8'),
  };
  const clientcas = client && authority ? { clientcas: [authority.certificate] } : {};
  const { address = '127.0.0.1' } = options;
  const config = registryConfig(`${address}:0`, store, {
    ...(pair ? { tls: { ...pair, ...clientcas } } : {}),
    ...(options.htpasswd
      ? { htpasswd: { path: passwords, realm: options.htpasswd.realm ?? 'testbed' } }
      : {}),
  });
  await writeFile(join(folder, 'config.yml'), config);
  const child = new LoggedProcess(
    'docker-registry',
    'docker-registry',
    ['serve', join(folder, 'config.yml')],
    {
      // Its traces would go to a collector that nobody runs here.
      OTEL_TRACES_EXPORTER: 'none',
    },
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await child.logged((log) => /listening on [\d.]+:(\d+)/u.exec(log)?.[1]);
    const host = `${address}:${port}`;
    return {
      host,
      url: `${options.tls ? 'https' : 'http'}://${host}`,
      ca: authority?.pem,
      client,
      store,
      logs: () => child.log,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A configuration file of docker-registry. */
export function registryConfig(
  address: string,
  store: string,
  options: {
    readonly tls?: {
      readonly certificate: string;
      readonly key: string;
      readonly clientcas?: readonly string[];
    };
    readonly htpasswd?: { readonly path: string; readonly realm: string };
  } = {},
): string {
  return stringify({
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: store }, delete: { enabled: true } },
    http: {
      addr: address,
      secret: 'testbed',
      ...(options.tls ? { tls: options.tls } : {}),
    },
    ...(options.htpasswd ? { auth: { htpasswd: options.htpasswd } } : {}),
  });
}

// docker-registry accepts bcrypt only, which Node lacks; the crypt(3) of Debian knows it, and perl-base is always there.
async function htpasswdLine(login: { readonly user: string; readonly password: string }): Promise<string> {
  const salt = crypto.randomUUID().replaceAll('-', '').slice(0, 21);
  const script = 'print crypt($ENV{PASSWORD}, $ENV{SALT})';
  const env = { PASSWORD: login.password, SALT: `$2b$05$${salt}u` };
  return `${login.user}:${await run('perl', ['-e', script], { env })}\n`;
}
