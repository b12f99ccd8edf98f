import { generateKeyPairSync, sign } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Step } from '../../fixtures/scripted-guest.ts';
import { compileModule } from '../module/compile.ts';
import { writeBytes, writeNumber } from '../protobuf/fields.ts';
import { loadFilter } from '../testing/index.ts';

const latin1 = (...parts: Uint8Array[]): string => Buffer.concat(parts).toString('latin1');
const call = (name: string, args: string): Step => ['proxy_call_foreign_function', name, args, out.text];
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const der = privateKey.export({ format: 'der', type: 'pkcs8' });

/** What on_configure of a filter with these steps logs: status and result of each. */
async function run(...steps: Step[]): Promise<string[]> {
  await using filter = await loadFilter(scriptedGuest({ proxy_on_configure: steps }));
  return filter.logs.flatMap(({ source, message }) =>
    source === 'filter' ? [message.replace('call_foreign_function ', '')] : [],
  );
}

describe('foreign functions', () => {
  test('what was compressed is uncompressed', async () => {
    const text = 'long '.repeat(100);
    expect(
      await run(call('uncompress', deflateSync(text).toString('latin1')), call('uncompress', 'no')),
    ).toEqual([`0 ${text}`, '3 ']);
  });

  test('a signature is verified', async () => {
    const signature = sign('sha256', Buffer.from('hello'), privateKey);
    const args = (hash: string, text: string, key = pem): string =>
      latin1(writeBytes(1, hash), writeBytes(5, key), writeBytes(3, signature), writeBytes(4, text));
    const lines = await run(
      call('verify_signature', args('SHA256', 'hello')),
      call('verify_signature', args('sha256', 'other')),
      call('verify_signature', args('md5', 'hello')),
      call('verify_signature', args('sha256', 'hello', 'no key')),
      call('verify_signature', args('sha256', 'hello', '')),
      call('verify_signature', '\x0a'),
    );
    expect(lines).toEqual([
      '0 \b\x01',
      '0 \x12\x26Failed to verify digest. Error code: 0',
      '0 \x12\x15md5 is not supported.',
      '0 \x12\x23Failed to initialize digest verify.',
      '2 ',
      '2 ',
    ]);
  });

  test('a text is signed', async () => {
    const args = latin1(writeBytes(1, 'sha256'), writeBytes(2, der), writeBytes(3, 'hello'));
    const guest = scriptedGuest({
      proxy_on_configure: [['proxy_call_foreign_function', 'sign', args, out.word, out.word]],
    });
    await using filter = await loadFilter(guest);
    const [, status, , size] = filter.logs[0]?.message.split(' ') ?? [];
    // {result: true, signature: some seventy bytes of DER}
    expect([status, Number(size) > 60]).toEqual(['0', true]);
    expect(await run(call('sign', latin1(writeBytes(1, 'sha256'), writeBytes(4, 'x'))))).toEqual([
      '0 \x1a\x3dInvalid key type: private key required for signing operation.',
    ]);
  });

  test('a readonly property is set once', async () => {
    const declare = latin1(writeBytes(1, 'once'), writeNumber(2, 1n));
    const guest = scriptedGuest({
      proxy_on_configure: [call('declare_property', declare), call('declare_property', declare)],
      'proxy_on_request_headers(2)': [
        ['proxy_set_property', 'once', '1'],
        ['proxy_set_property', 'once', '2'],
        ['proxy_get_property', 'once', out.text],
      ],
    });
    await using filter = await loadFilter(guest);
    await filter.request();
    expect(filter.logs.map((entry) => entry.message)).toEqual([
      'call_foreign_function 0 ',
      'call_foreign_function 2 ',
      'set_property 0',
      'set_property 2',
      'get_property 0 1',
    ]);
  });

  test("Envoy's filter state is set where there is a stream", async () => {
    const state = (path: string, value: string): Step =>
      call('set_envoy_filter_state', latin1(writeBytes(1, path), writeBytes(2, value)));
    const guest = scriptedGuest({
      proxy_on_configure: [state('envoy.string', 'x')],
      'proxy_on_request_headers(2)': [
        state('envoy.tcp_proxy.cluster', 'blue'),
        state('envoy.upstream.dynamic_port', 'many'),
        state('nobody.knows', 'x'),
        ['proxy_get_property', 'filter_state\0envoy.tcp_proxy.cluster', out.text],
      ],
    });
    await using filter = await loadFilter(guest);
    await filter.request();
    expect(filter.logs.map((entry) => entry.message.replace('call_foreign_function ', ''))).toEqual([
      '1 ',
      '0 ',
      '2 ',
      '1 ',
      'get_property 0 blue',
    ]);
  });

  test('a name that Envoy does not know is not found', async () => {
    await using filter = await loadFilter(
      scriptedGuest({ proxy_on_configure: [call('no_such_function', '')] }),
    );
    expect(filter.logs.filter(({ source }) => source === 'filter')[0]?.message).toBe(
      'call_foreign_function 1 ',
    );
  });
});

describe('expressions', () => {
  test('are kept by the plugin, under tokens', async () => {
    expect(
      await run(
        call('expr_create', 'plugin_root_id + "!"'),
        call('expr_create', '1 +'),
        call('expr_create', '2'),
        call('expr_evaluate', '\0\0\0\0'),
        call('expr_delete', '\0\0\0\0'),
        call('expr_evaluate', '\0\0\0\0'),
        call('expr_evaluate', '\x01\0\0\0'),
        call('expr_evaluate', '\0'),
      ),
    ).toEqual(['0 \0\0\0\0', '2 ', '0 \x01\0\0\0', '0 !', '0 ', '1 ', '0 \x02\0\0\0\0\0\0\0', '2 ']);
  });

  test('are read for the module that can ask for them, and for no other', async () => {
    const module = async (steps: Step[]): Promise<boolean> => {
      const result = await compileModule(scriptedGuest({ proxy_on_configure: steps }));
      return result.kind === 'module' && result.module.cel !== undefined;
    };
    expect(await module([call('expr_create', '1')])).toBe(true);
    expect(await module([['proxy_log', 2, 'x']])).toBe(false);
  });
});
