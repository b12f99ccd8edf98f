import { generateKeyPairSync, sign } from 'node:crypto';
import { writeBytes, writeNumber } from '../../src/protobuf/fields.ts';
import type { Scenario } from './scenario.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
// Its signatures have no random part, so both sides give the same bytes.
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicDer = ec.publicKey.export({ format: 'der', type: 'spki' });
const publicPem = ec.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const rsaDer = rsa.privateKey.export({ format: 'der', type: 'pkcs8' });
const rsaPem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const signature = sign('sha256', Buffer.from('hello'), ec.privateKey);

/** A script that calls a foreign function with each of these arguments. */
function calls(callback: string, name: string, all: readonly (readonly Uint8Array[])[]): string {
  return all
    .map((parts) => {
      const hex = Buffer.concat(parts).toString('hex');
      return `${callback} foreign ${name} ${hex === '' ? '~' : `hex:${hex}`}`;
    })
    .join(';');
}

function filterState(path: string, value: string, span = 0n): Uint8Array[] {
  return [writeBytes(1, path), writeBytes(2, value), writeNumber(3, span)];
}

/** A protobuf that ends too early. */
const cutOff = [Buffer.from([0x0a])];

/** Envoy's foreign functions, each with arguments that are good, that are bad, and that are none. */
export const foreignScenarios: readonly Scenario[] = [
  {
    name: 'verify_signature',
    chain: [
      calls('reqh', 'verify_signature', [
        [writeBytes(1, 'sha256'), writeBytes(2, publicDer), writeBytes(3, signature), writeBytes(4, 'hello')],
        [writeBytes(1, 'SHA256'), writeBytes(5, publicPem), writeBytes(3, signature), writeBytes(4, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(2, publicDer), writeBytes(3, signature), writeBytes(4, 'other')],
        [writeBytes(1, 'md5'), writeBytes(2, publicDer), writeBytes(3, signature), writeBytes(4, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(2, 'no key'), writeBytes(3, signature), writeBytes(4, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(5, 'no key'), writeBytes(3, signature), writeBytes(4, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(2, publicDer), writeBytes(5, publicPem), writeBytes(4, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(4, 'hello')],
        cutOff,
        [],
      ]),
    ],
  },
  {
    name: 'sign',
    chain: [
      calls('reqh', 'sign', [
        [writeBytes(1, 'sha256'), writeBytes(2, rsaDer), writeBytes(3, 'hello')],
        [writeBytes(1, 'SHA512'), writeBytes(4, rsaPem), writeBytes(3, 'hello')],
        [writeBytes(1, 'md5'), writeBytes(2, rsaDer), writeBytes(3, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(2, publicDer), writeBytes(3, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(4, 'no key'), writeBytes(3, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(2, rsaDer), writeBytes(4, rsaPem), writeBytes(3, 'hello')],
        [writeBytes(1, 'sha256'), writeBytes(3, 'hello')],
        cutOff,
        [],
      ]),
    ],
  },
  {
    name: 'compress and uncompress',
    chain: [
      `reqh foreign compress hello+hello+hello+hello; reqh foreign compress ~; reqh foreign uncompress ~;
       ${calls('reqh', 'uncompress', [
         [Buffer.from('789ccb48cdc9c95728cf2fca490100', 'hex')],
         [Buffer.from('789c0300000000010000', 'hex')],
         [Buffer.from('789c030000000001', 'hex')],
         [Buffer.from('789ccb48cdc9c957c84023010044b1087d', 'hex')],
       ])}`,
    ],
  },
  {
    name: 'declare_property, in the plugin and in a stream',
    chain: [
      `${calls('configure', 'declare_property', [
        [writeBytes(1, 'once'), writeNumber(2, 1n), writeNumber(3, 1n)],
        [writeBytes(1, 'text'), writeNumber(3, 1n)],
        [writeBytes(1, 'number'), writeNumber(3, 0n)],
      ])};
       reqh setprop once 1; reqh setprop once 2; reqh prop once; reqh prop wasm.once; reqh prop wasm|once;
       reqh setprop text a; reqh setprop text b; reqh prop text; reqh setprop number 7; reqh prop number;
       reqh setprop undeclared c; reqh prop undeclared;
       ${calls('reqh', 'declare_property', [
         [writeBytes(1, 'late'), writeNumber(2, 1n)],
         [writeBytes(1, 'late'), writeNumber(2, 1n)],
         cutOff,
         [],
       ])};
       reqh setprop late 1; reqh setprop late 2; reqh prop late; reqh foreign expr_create size(text);
       reqh foreign expr_create text+number; reqh foreign expr_create text+text;
       reqh foreign expr_evaluate hex:00000000; reqh foreign expr_evaluate hex:01000000;
       reqh foreign expr_evaluate hex:02000000`,
    ],
  },
  {
    name: 'set_envoy_filter_state',
    chain: [
      `${calls('reqh', 'set_envoy_filter_state', [
        filterState('envoy.string', 'x'),
        filterState('envoy.tcp_proxy.cluster', 'blue', 1n),
        filterState('envoy.upstream.dynamic_port', '8080', 2n),
        filterState('envoy.upstream.dynamic_port', 'many'),
        filterState('nobody.knows', 'x'),
        cutOff,
        [],
      ])};
       reqh prop filter_state|envoy.string; reqh prop filter_state|envoy.tcp_proxy.cluster;
       reqh prop filter_state|envoy.upstream.dynamic_port`,
    ],
  },
  {
    name: 'clear_route_cache',
    chain: [
      `reqh foreign clear_route_cache ~; reqh foreign clear_route_cache x; reqb foreign clear_route_cache ~;
       resh foreign clear_route_cache ~; log foreign clear_route_cache ~; done foreign clear_route_cache ~`,
    ],
  },
  {
    name: 'names that nothing is registered under',
    chain: [`reqh foreign nothing x; reqh foreign resolve_dns x; reqh foreign ~ x; reqh foreign Sign x`],
  },
];
