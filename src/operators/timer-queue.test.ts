import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Queued, TimerQueue } from './timer-queue.ts';

interface Fake extends Queued {
  readonly id: number;
  at: number;
  order: number;
  isGone: boolean;
}

const step = fc.oneof(
  fc.record({ does: fc.constant('set' as const), id: fc.nat(12), at: fc.nat(20) }),
  fc.record({ does: fc.constant('cancel' as const), id: fc.nat(12) }),
  fc.record({ does: fc.constant('take' as const) }),
);

test('the queue answers by time, then by the order of setting, whatever was moved or cancelled in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new TimerQueue<Fake>();
      const set = new Map<number, Fake>();
      let order = 0;
      const take = (): void => {
        const expected = [...set.values()].sort((a, b) => a.at - b.at || a.order - b.order)[0];
        const first = queue.first();
        expect(first?.id).toBe(expected?.id);
        if (first === undefined) return;
        queue.shift();
        first.isGone = true;
        set.delete(first.id);
      };
      for (const { does, ...rest } of steps) {
        const { id = 0, at = 0 } = rest as { id?: number; at?: number };
        const known = set.get(id);
        if (does === 'take') take();
        else if (does === 'cancel' && known !== undefined) {
          known.isGone = true;
          set.delete(id);
          queue.cancelled();
        } else if (does === 'set' && known !== undefined) {
          known.at = at;
          known.order = order++;
          queue.moved(known);
        } else if (does === 'set') {
          const timer: Fake = { id, at, order: order++, isGone: false, queuedAt: 0, queuedOrder: 0 };
          set.set(id, timer);
          queue.add(timer);
        }
      }
      while (set.size > 0) take();
      expect(queue.first()).toBeUndefined();
    }),
  );
});

test('a timer that is put off ever again has one entry, and cancelled ones do not pile up', () => {
  const queue = new TimerQueue<Fake>();
  const timer: Fake = { id: 0, at: 0, order: 0, isGone: false, queuedAt: 0, queuedOrder: 0 };
  queue.add(timer);
  for (let at = 1; at <= 10_000; at++) {
    timer.at = at;
    timer.order = at;
    queue.moved(timer);
  }
  expect(queue.size).toBe(1);
  expect(queue.first()?.at).toBe(10_000);

  for (let id = 1; id <= 50_000; id++) {
    const other: Fake = { id, at: id, order: 10_000 + id, isGone: false, queuedAt: 0, queuedOrder: 0 };
    queue.add(other);
    other.isGone = true;
    queue.cancelled();
  }
  expect(queue.size).toBeLessThan(2_100);
});

test('a timer that is moved forward ever again does not pile up either', () => {
  const queue = new TimerQueue<Fake>();
  const timer: Fake = { id: 0, at: 100_000, order: 0, isGone: false, queuedAt: 0, queuedOrder: 0 };
  queue.add(timer);
  for (let order = 1; order <= 50_000; order++) {
    timer.at = 100_000 - order;
    timer.order = order;
    queue.moved(timer);
  }
  expect(queue.size).toBeLessThan(2_100);
  expect(queue.first()?.at).toBe(50_000);
});
