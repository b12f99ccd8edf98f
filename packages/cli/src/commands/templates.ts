/** The filters that `wasmcast init --template` begins with, each a folder of `templates/`; the first is the default. */
export const templates: Readonly<Record<string, string>> = {
  'add-header': 'sets headers of the request and of the response',
  'api-key': 'lets in who brings a known key',
  jwt: 'lets in who brings a token signed by HS256',
  'rate-limit': 'gives each client a token bucket, shared by all threads of the proxy',
  'body-rewrite': 'replaces texts in the bodies of requests and responses',
  'ext-auth': 'asks a service whether a request may pass',
  'ab-cookie': 'puts each client into a group and keeps it there by a cookie',
  'tenant-route': 'chooses a pool of servers by host name and country',
  'access-log': 'writes a line of JSON for each request',
  'tcp-counter': 'counts connections and bytes of a TCP listener',
  'mask-pii': 'masks e-mail addresses and card numbers in responses',
};

/** The template that is taken when none is named. */
export const defaultTemplate = 'add-header';

/** The list for people, a line each. */
export function templateList(): string {
  const width = Math.max(...Object.keys(templates).map((name) => name.length));
  return Object.entries(templates)
    .map(([name, about]) => `  ${name.padEnd(width)}  ${about}\n`)
    .join('');
}
