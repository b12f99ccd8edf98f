import { describe, expect, test } from 'vitest';
import { bytesField, numberField, readFields, textField, writeBytes, writeNumber } from './fields.ts';

describe('protobuf fields', () => {
  test('are read as they were written', () => {
    const bytes = Buffer.concat([
      writeBytes(1, 'sha256'),
      writeBytes(16, Uint8Array.of(0, 255)),
      writeNumber(2, 300n),
      writeNumber(3, -1n),
    ]);
    const fields = readFields(bytes) ?? [];
    expect(textField(fields, 1)).toBe('sha256');
    expect([...bytesField(fields, 16)]).toEqual([0, 255]);
    expect(numberField(fields, 2)).toBe(300n);
    expect(BigInt.asIntN(64, numberField(fields, 3))).toBe(-1n);
  });

  test('of the same number: the last counts; a missing one is empty', () => {
    const fields = readFields(Buffer.concat([writeBytes(1, 'a'), writeBytes(1, 'b')])) ?? [];
    expect(textField(fields, 1)).toBe('b');
    expect(textField(fields, 2)).toBe('');
    expect(numberField(fields, 1)).toBe(0n);
  });

  test('groups are skipped', () => {
    expect(readFields(Uint8Array.of(0x0b, 0x10, 1, 0x0c, 0x18, 7))).toEqual([{ number: 3, value: 7n }]);
  });

  test.each([
    ['a length beyond the end', [0x0a, 5, 1]],
    ['a tag alone', [0x08]],
    ['field number 0', [0x00, 1]],
    ['an unknown wire type', [0x0f]],
    ['a group that does not end', [0x0b]],
    ['a group that ends as another', [0x0b, 0x14]],
    ['a varint of eleven bytes', [0x08, ...Array<number>(11).fill(0x80)]],
    ['a fixed number beyond the end', [0x0d, 1, 2]],
  ])('%s is malformed', (_what, bytes) => {
    expect(readFields(Uint8Array.from(bytes))).toBeUndefined();
  });
});
