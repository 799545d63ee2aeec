import { expect, test } from 'vitest';
import { Chunk } from '../core/chunk.ts';
import type { Finish } from '../core/station.ts';
import { type Inlet, Outlet, type Push } from './edges.ts';
import { ReadOrigin } from './read-origin.ts';

const chunk = () => new Chunk([1], new ReadOrigin('s', '0', { positions: { first: 0 } }));

function inlet(id: string, answer: () => Push = () => undefined): Inlet & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return {
    id,
    seen,
    connect() {},
    push(given) {
      seen.push(given.values[0]);
      return answer();
    },
    finish(how: Finish) {
      seen.push(how);
    },
  };
}

test('a fan-out gives a chunk to every reader and waits for the slowest', async () => {
  const outlet = new Outlet('map', true);
  const slow = Promise.withResolvers<void>();
  const readers = [inlet('fast'), inlet('slow', () => slow.promise)];
  for (const reader of readers) outlet.connect(reader);
  const wait = outlet.push(chunk());
  expect(readers.map((reader) => reader.seen)).toEqual([[1], [1]]);
  expect(outlet.waitsFor).toEqual(['slow']);
  slow.resolve();
  await wait;
  expect(outlet.waitsFor).toEqual([]);
});

test('an outlet tells its owner once when its last reader has gone, and not before', () => {
  let unwanted = 0;
  const outlet = new Outlet('map', true, () => unwanted++);
  const [a, b] = [inlet('a'), inlet('b')];
  outlet.connect(a);
  outlet.connect(b);
  outlet.drop(a);
  expect(unwanted).toBe(0);
  outlet.drop(b);
  outlet.drop(b);
  expect(unwanted).toBe(1);
});

test('the end is passed on once', () => {
  const outlet = new Outlet('map', true);
  const reader = inlet('a');
  outlet.connect(reader);
  outlet.finish('end');
  outlet.finish('stop');
  expect(reader.seen).toEqual(['end']);
});

test('a reader that drops itself while it is served still makes the writer wait', async () => {
  const outlet = new Outlet('take', true);
  const slow = Promise.withResolvers<void>();
  const reader = inlet('once', () => {
    outlet.drop(reader);
    return slow.promise;
  });
  outlet.connect(reader);
  const wait = outlet.push(chunk());
  expect(outlet.isFinished).toBe(true);
  slow.resolve();
  await expect(wait).resolves.toBeUndefined();
});
