import { expect, test } from 'vitest';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink } from '../../testing/sink-writing.ts';
import { collect } from './collect.ts';

const numbers = Array.from({ length: 30 }, (_, i) => i);

testSink({
  test,
  name: 'collect',
  make() {
    const sink = collect<number>();
    return { sink, values: numbers, seen: () => sink.values };
  },
  broken() {
    const sink = collect<number>({ limit: 4 });
    return { sink, values: numbers, seen: () => sink.values };
  },
});

test('it keeps as many values as it may, then stops the run', async () => {
  const sink = collect<number>({ limit: 4 });
  const { writer } = await openSink({ sink, values: [], seen: () => sink.values });
  expect(() => writer.write(chunkOf(numbers))).toThrow(expect.objectContaining({ code: 'HR_COLLECT_FULL', action: 'stop' }));
  expect(sink.values).toEqual([0, 1, 2, 3]);
});
