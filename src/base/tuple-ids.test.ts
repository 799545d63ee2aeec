import { expect, test } from 'vitest';
import type { KeyPart } from '../core/keys.ts';
import { SeededRandom } from './random.ts';
import { TupleIds } from './tuple-ids.ts';

test('50,000 tuples over the same few parts are told apart while the table grows', () => {
  const random = new SeededRandom('tuples');
  const ids = new TupleIds();
  const model = new Map<string, number>();
  for (let i = 0; i < 50_000; i++) {
    const tuple = Array.from({ length: Math.floor(random.next() * 5) }, (): KeyPart => Math.floor(random.next() * 20));
    const name = tuple.join();
    expect(ids.find(tuple)).toBe(model.get(name));
    if (model.has(name)) continue;
    ids.add(tuple, model.size);
    model.set(name, model.size);
  }
  for (const [name, id] of model) expect(ids.find(name === '' ? [] : name.split(',').map(Number))).toBe(id);
});

test('the beginning of a tuple is no tuple until it is entered', () => {
  const ids = new TupleIds();
  expect(ids.add(['a', 'b', 'c'], 0)).toBe(6);
  expect([ids.find([]), ids.find(['a']), ids.find(['a', 'b']), ids.find(['a', 'b', 'c', 'd'])]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(ids.add(['a', 'b'], 1)).toBe(0);
  expect([ids.find(['a', 'b']), ids.find(['a', 'b', 'c'])]).toEqual([1, 0]);
});
