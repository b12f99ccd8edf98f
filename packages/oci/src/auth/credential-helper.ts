import { spawn } from 'node:child_process';
import { OciError } from '../errors.ts';
import { anonymous } from './credentials.ts';
import type { Credentials } from './credentials.ts';

const longestAnswer = 64 * 1024;

/** What a helper runs with. */
export interface HelperOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** Has a helper keep a name and a password. @throws OciError `credentials` */
export async function storeInHelper(
  name: string,
  server: string,
  login: { readonly username: string; readonly password: string },
  options: HelperOptions,
): Promise<void> {
  const program = programOf(name);
  const input = JSON.stringify({ ServerURL: server, Username: login.username, Secret: login.password });
  const { code } = await run(program, 'store', input, options);
  if (code !== 0)
    throw new OciError('credentials', `${program} store failed for ${server} (exit code ${code})`);
}

/** Has a helper forget a server; one that it does not know is forgotten already. @throws OciError `credentials` */
export async function eraseInHelper(name: string, server: string, options: HelperOptions): Promise<void> {
  const program = programOf(name);
  const { code, stdout } = await run(program, 'erase', server, options);
  if (code !== 0 && !/not found/.test(stdout))
    throw new OciError('credentials', `${program} erase failed for ${server} (exit code ${code})`);
}

/** Asks `docker-credential-<name> get`, as docker does: the server on stdin, JSON on stdout. @throws OciError `credentials` */
export async function askCredentialHelper(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<Credentials> {
  const program = programOf(name);
  const { code, stdout } = await run(program, 'get', server, options);
  if (code !== 0) {
    // The helpers of docker say this on stdout when they know nobody of that name.
    if (/credentials not found in native keychain/.test(stdout)) return anonymous;
    throw new OciError('credentials', `${program} get failed for ${server} (exit code ${code})`);
  }
  let answer: { readonly Username?: unknown; readonly Secret?: unknown } | null;
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch {
    throw new OciError('credentials', `${program} get did not answer with JSON for ${server}`);
  }
  const username = answer?.Username;
  const secret = answer?.Secret;
  if (typeof username !== 'string' || typeof secret !== 'string' || (username === '' && secret === ''))
    return anonymous;
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'basic', username, password: secret };
}

function programOf(name: string): string {
  // The name comes from a file and becomes a program's name: no separators, no path.
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return `docker-credential-${name}`;
  throw new OciError(
    'credentials',
    `${JSON.stringify(name.slice(0, 80))} is not a name of a credential helper`,
  );
}

function run(
  program: string,
  verb: 'get' | 'store' | 'erase',
  input: string,
  options: HelperOptions,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'ignore'], env: options.env });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (error: unknown): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      child.kill('SIGKILL');
      child.stdout.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const aborted = (): void => stop(options.signal?.reason);
    const timer = setTimeout(() => {
      stop(new OciError('credentials', `${program} did not answer within ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', aborted, { once: true });
    child.on('error', (cause) => stop(new OciError('credentials', `cannot run ${program}`, { cause })));
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > longestAnswer)
        stop(new OciError('credentials', `${program} answers more than ${longestAnswer} bytes`));
      else chunks.push(chunk);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      resolve({ code, stdout: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that does not read its input breaks the pipe; what counts is its answer.
    child.stdin.on('error', () => {});
    child.stdin.end(`${input}\n`);
  });
}
