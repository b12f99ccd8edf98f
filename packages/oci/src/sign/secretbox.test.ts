import { expect, test } from 'vitest';
import { seal, unseal } from './secretbox.ts';

// The vector of NaCl's own tests (secretbox.c, secretbox2.c).
const key = Buffer.from('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389', 'hex');
const nonce = Buffer.from('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37', 'hex');
const message = Buffer.from(
  'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c012335' +
    '61f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c' +
    '60902e52f0a089bc76897040e082f937763848645e0705',
  'hex',
);
const box = Buffer.from(
  'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dc' +
    'e87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb373' +
    '2bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5',
  'hex',
);

test('seals as NaCl does', () => {
  expect(Buffer.from(seal(message, nonce, key)).toString('hex')).toBe(box.toString('hex'));
});

test('unseals what it sealed, and nothing in which a bit was changed', () => {
  expect(Buffer.compare(unseal(box, nonce, key) ?? new Uint8Array(), message)).toBe(0);
  for (let bit = 0; bit < box.length * 8; bit += 37) {
    const changed = Buffer.from(box);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(unseal(changed, nonce, key)).toBeUndefined();
  }
  expect(unseal(box.subarray(0, 10), nonce, key)).toBeUndefined();
  expect(unseal(seal(new Uint8Array(), nonce, key), nonce, key)).toHaveLength(0);
});
