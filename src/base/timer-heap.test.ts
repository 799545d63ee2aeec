import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

test('timers come out by time and, at one time, by the order they were set; cancelled ones not at all', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.record({ due: fc.nat({ max: 9 }) }), fc.record({ cancel: fc.nat() })), { maxLength: 60 }), (calls) => {
      const heap = new TimerHeap();
      const all: { due: number; order: number; timer: HeapTimer }[] = [];
      let model: typeof all = [];
      for (const call of calls) {
        if ('due' in call) {
          const entry = { due: call.due, order: all.length, timer: heap.add(call.due, () => {}) };
          all.push(entry);
          model.push(entry);
        } else if (all.length > 0) {
          const gone = all[call.cancel % all.length]!;
          gone.timer.cancel(); // Perhaps for the second time.
          model = model.filter((entry) => entry !== gone);
        }
        expect(heap.size).toBe(model.length);
      }
      for (const { timer } of model.toSorted((a, b) => a.due - b.due || a.order - b.order)) {
        expect(heap.first()).toBe(timer);
        timer.cancel();
      }
      expect(heap.first()).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
