import type { Service } from './command.ts';

/** What a client got from a service, as far as the filters concern it. */
export interface Reply {
  readonly service: string;
  readonly status: number;
  /** Every header of the answer but those that no two answers share. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const request = JSON.stringify({ note: 'charge card 4111 1111 1111 1111, please' });

/** Sends one request to each service; with a key if one is given. */
export async function sendTraffic(
  services: readonly Service[],
  signal: AbortSignal,
  key?: string,
): Promise<readonly Reply[]> {
  return await Promise.all(
    services.map(async ({ namespace, name, url }) => {
      const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) };
      const response = await fetch(`${url}/orders/1`, { method: 'POST', headers, body: request, signal });
      const kept = [...response.headers].filter(([header]) => header !== 'date');
      return {
        service: `${namespace}/${name}`,
        status: response.status,
        headers: Object.fromEntries(kept),
        body: await response.text(),
      };
    }),
  );
}

/** One line for each service: status, what the filters added, and whether the card number came through. */
export function trafficTable(replies: readonly Reply[]): string {
  const rows = replies.map(({ service, status, headers, body }) => {
    const greeting = headers['x-greeting'] ?? '-';
    const chain = headers['x-chain'] ?? '-';
    const card =
      status !== 200
        ? '-'
        : body.includes('4111 1111 1111 1111')
          ? 'card number visible'
          : 'card number masked';
    return `  ${service.padEnd(15)} ${status}  x-greeting: ${greeting.padEnd(8)} ${card.padEnd(20)} x-chain: ${chain}`;
  });
  return `${rows.join('\n')}\n`;
}
