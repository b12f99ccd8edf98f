import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BodyBuffer } from './body-buffer.ts';

const chunk = fc.uint8Array({ maxLength: 8 });
const change = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), chunk }),
  fc.record({ kind: fc.constant('prepend' as const), chunk }),
  fc.record({ kind: fc.constant('drain' as const), count: fc.nat(12) }),
  fc.record({ kind: fc.constant('move' as const), chunk }),
);

test('a body buffer does what one piece of memory would do', () => {
  fc.assert(
    fc.property(fc.array(change), fc.nat(20), fc.nat(20), (changes, start, length) => {
      const buffer = new BodyBuffer();
      let model = Buffer.alloc(0);
      let drained = true;
      for (const step of changes) {
        if (step.kind === 'add') {
          buffer.add(step.chunk);
          model = Buffer.concat([model, step.chunk]);
        } else if (step.kind === 'prepend') {
          buffer.prepend(step.chunk);
          model = Buffer.concat([step.chunk, model]);
        } else if (step.kind === 'drain') {
          buffer.drain(step.count);
          model = Buffer.from(model.subarray(step.count));
        } else {
          const other = BodyBuffer.of(step.chunk);
          buffer.moveFrom(other);
          drained &&= other.length === 0;
          model = Buffer.concat([model, step.chunk]);
        }
        expect(buffer.length).toBe(model.length);
      }
      expect(drained).toBe(true);
      const from = Math.min(start, model.length);
      const size = Math.min(length, model.length - from);
      const target = Buffer.alloc(size);
      buffer.copyTo(from, size, target, 0);
      expect(target.equals(model.subarray(from, from + size))).toBe(true);
      expect(Buffer.from(buffer.take()).equals(model)).toBe(true);
      expect(buffer.length).toBe(0);
    }),
  );
});
