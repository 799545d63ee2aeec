import { expect, test } from 'vitest';
import { SharedMemory } from './budget.ts';

test('a run is tight when all together hold more than the limit and it holds more than its floor', () => {
  const memory = new SharedMemory(1000);
  const [large, small] = [memory.open(), memory.open()];
  large.add(950);
  small.add(100);
  expect([large.isTight, small.isTight]).toEqual([true, false]);
  small.add(100);
  expect(small.isTight).toBe(true);
});

test('waiting runs hear of it when memory is given back, or when another run is over', () => {
  const memory = new SharedMemory(100);
  const [a, b] = [memory.open(), memory.open()];
  let freed = 0;
  a.add(150);
  a.whenFree(() => freed++);
  a.add(-40);
  expect(freed).toBe(0);
  a.add(-20);
  expect(freed).toBe(1);
  b.whenFree(() => freed++);
  a.close();
  expect(freed).toBe(2);
  expect(memory.held).toBe(0);
});

test('the peak is the most a run held at a time', () => {
  const run = new SharedMemory(100).open();
  run.add(60);
  run.add(-50);
  run.add(20);
  expect(run.peak).toBe(60);
});
