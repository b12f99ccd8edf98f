import type { SeenMessage } from '../messages.ts';
import type { TestExchange } from '../test-filter.ts';

/** What came of an exchange, value by value: `response.status`, `upstream.headers.x-user`. */
export type Seen = ReadonlyMap<string, string>;

/** All that can be seen of an exchange from outside of the filter, and its log. */
export function seenOf(result: TestExchange, trap: string | undefined): Seen {
  const seen = new Map<string, string>();
  const { upstream, response, localReply, paused, reset, logs } = result;
  if (upstream !== undefined) {
    const { method, path, authority } = upstream;
    for (const [name, value] of Object.entries({ method, path, authority }))
      seen.set(`upstream.${name}`, value);
    addMessage(seen, 'upstream', upstream);
  }
  if (response !== undefined) {
    seen.set('response.status', String(response.status));
    addMessage(seen, 'response', response);
  }
  const rest = { localReply: localReply?.details, paused, reset, trap };
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) seen.set(name, value);
  if (logs.length > 0) seen.set('logs', logs.map(({ level, message }) => `${level}: ${message}`).join('\n'));
  return seen;
}

function addMessage(seen: Map<string, string>, name: string, message: SeenMessage): void {
  for (const part of ['headers', 'trailers'] as const) {
    for (const [header, value] of Object.entries(message[part])) seen.set(`${name}.${part}.${header}`, value);
  }
  // Bytes that are no text would all look like U+FFFD.
  const text = Buffer.from(message.body, 'utf8').equals(message.bytes);
  seen.set(`${name}.body`, text ? message.body : `base64:${Buffer.from(message.bytes).toString('base64')}`);
}
