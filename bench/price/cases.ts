import { createHmac } from 'node:crypto';

/** A filter that each SDK has an implementation of, the traffic it is measured with, and what a right answer shows. */
export interface Case {
  readonly name: string;
  readonly configuration: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Who answers: Envoy itself, or another server behind it. */
  readonly answers: 'direct' | 'upstream';
  /** Throws unless the answer is one of a filter that works. */
  readonly right: (answer: Answer) => boolean;
}

/** What a client saw. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What the upstream answers: 4 KiB with sixteen words that a filter may rewrite. */
export const body = 'the secret is that there is no '.padEnd(256, '.').repeat(16);

const secret = 'a secret of at least thirty-two bytes';
const rules = Array.from({ length: 50 }, (_, at) => ({ prefix: `/shop/${at}/`, tag: `rule-${at}` }));

/** The cases, from the smallest to the largest. */
export const cases: readonly Case[] = [
  addHeader('direct'),
  addHeader('upstream'),
  {
    name: 'decide',
    configuration: '',
    path: '/premium/offers',
    headers: { 'x-user': 'alice', 'x-plan': 'paid' },
    answers: 'direct',
    right: (answer) => answer.status === 200,
  },
  {
    name: 'rules',
    configuration: JSON.stringify({ rules }),
    path: '/shop/40/cart',
    headers: {},
    answers: 'direct',
    right: (answer) => answer.headers.get('x-tag') === 'rule-40',
  },
  {
    name: 'rewrite-body',
    configuration: '',
    path: '/',
    headers: {},
    answers: 'upstream',
    right: (answer) => answer.body === body.replaceAll('secret', '******'),
  },
  {
    name: 'jwt',
    configuration: secret,
    path: '/',
    headers: { authorization: `Bearer ${token()}` },
    answers: 'direct',
    right: (answer) => answer.headers.get('x-user') === 'alice',
  },
];

function addHeader(answers: Case['answers']): Case {
  return {
    name: 'add-header',
    configuration: '',
    path: '/',
    headers: {},
    answers,
    right: (answer) => answer.headers.get('x-filter') === 'price',
  };
}

function token(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'https://issuer.example', aud: 'shop', sub: 'alice', exp: 4_102_444_800 };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
