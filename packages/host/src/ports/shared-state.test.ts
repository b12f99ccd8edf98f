import { describe, expect, test } from 'vitest';
import { out, scriptedGuest } from '../../fixtures/scripted-guest.ts';
import { Status } from '../abi/status.ts';
import { loadFilter } from '../testing/index.ts';
import { SharedState } from './shared-state.ts';

describe('shared data', () => {
  test('is compared before it is swapped', () => {
    const shared = new SharedState();
    expect(shared.set('v', 'k', 'one', 0)).toBe(Status.Ok);
    const first = shared.get('v', 'k')?.cas ?? 0;
    expect(shared.set('v', 'k', 'two', first)).toBe(Status.Ok);
    expect(shared.set('v', 'k', 'three', first)).toBe(Status.CasMismatch);
    expect(shared.get('v', 'k')?.value).toBe('two');
    expect(shared.get('other', 'k')).toBeUndefined();
  });

  test('goes with the last VM of its id, and queues with it', () => {
    const shared = new SharedState();
    shared.retain('v');
    shared.retain('v');
    shared.set('v', 'k', 'x', 0);
    const queue = shared.register('v', 'q', () => undefined);
    shared.enqueue(queue, 'item');
    shared.release('v');
    expect(shared.get('v', 'k')?.value).toBe('x');
    shared.release('v');
    expect(shared.get('v', 'k')).toBeUndefined();
    expect(shared.resolve('v', 'q')).toBeUndefined();
    expect(shared.enqueue(queue, 'late')).toBe(Status.NotFound);
    // An id is not given twice: who still has it must not reach somebody else's queue.
    expect(shared.register('v', 'q', () => undefined)).toBe(queue + 1);
  });
});

test('a queue joins the VMs of two filters', async () => {
  const shared = new SharedState();
  const consumer = scriptedGuest({
    proxy_on_configure: [['proxy_register_shared_queue', 'jobs', out.word]],
    proxy_on_queue_ready: ['args', ['proxy_dequeue_shared_queue', 1, out.text]],
  });
  const producer = scriptedGuest({
    proxy_on_request_headers: [
      ['proxy_resolve_shared_queue', '', 'jobs', out.word],
      ['proxy_resolve_shared_queue', 'consumer', 'jobs', out.word],
      ['proxy_enqueue_shared_queue', 1, 'work'],
      ['proxy_enqueue_shared_queue', 9, 'lost'],
    ],
  });
  await using from = await loadFilter(producer, { shared, vmId: 'producer' });
  await using to = await loadFilter(consumer, { shared, vmId: 'consumer' });
  await from.request();
  to.clock.advance(0);
  expect(from.logs.map(({ message }) => message)).toEqual([
    'resolve_shared_queue 1 0',
    'resolve_shared_queue 0 1',
    'enqueue_shared_queue 0',
    'enqueue_shared_queue 1',
  ]);
  expect(to.logs.slice(1).map(({ message }) => message)).toEqual([
    'on_queue_ready 1 1',
    'dequeue_shared_queue 0 work',
  ]);
});
