import { expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import type { Aggregate } from './aggregate.ts';
import { count, rate } from './count.ts';
import { distinct } from './distinct.ts';
import { max } from './extremes.ts';
import type { NumericLayout } from './layout.ts';
import { stddev, variance } from './moments.ts';
import { numericAggregate } from './numeric.ts';
import { AggregateRow, checkNeeds } from './row.ts';
import { mean, sum } from './sum.ts';

const SPAN = { start: 0, end: 1000 };

function filled<T>(row: AggregateRow<T>, values: readonly T[]): { readonly cells: Float64Array; readonly objects: unknown[] } {
  const cells = new Float64Array(row.cells);
  row.reset(cells, 0);
  const objects = row.create();
  for (const value of values) {
    row.take(value, Number.NaN);
    row.addTaken(cells, 0, objects);
  }
  return { cells, objects };
}

for (const generate of [true, false]) {
  const how = generate ? 'generated' : 'as loops';

  test(`numbers lie side by side, what is none in a list, and answers come in the order of the fields (${how})`, () => {
    const row = new AggregateRow<number>({ n: count(), kinds: distinct(), spread: variance(), top: max() }, { generate });
    expect([row.cells, row.objects, row.bytes, row.names]).toEqual([5, 1, 5 * 8 + 2048, ['n', 'kinds', 'spread', 'top']]);
    const { cells, objects } = filled(row, [1, 3, 3]);
    expect([...cells.subarray(0, 3), cells[4]]).toEqual([3, 3, 7 / 3, 3]);
    expect(row.extract(cells, 0, objects, SPAN)).toEqual([3, 2, expect.closeTo(8 / 9, 12), 3]);
  });

  test(`a record that one of the functions refuses changes no state, whichever it is (${how})`, () => {
    for (const bad of ['x', 'y', 'z']) {
      const field = (name: string) => (value: number) => (name === bad && value < 0 ? Number.NaN : value);
      const plain: Aggregate<number, number, number, { total: number }> = {
        of: (value) => {
          if (bad === 'z' && value < 0) throw new Error('no');
          return value;
        },
        create: () => ({ total: 0 }),
        add: (state, x) => void (state.total += x),
        merge: (state, later) => void (state.total += later.total),
        extract: (state) => state.total,
      };
      const row = new AggregateRow<number>(
        { x: sum(field('x')), z: plain as Aggregate<number, number>, y: mean(field('y')) },
        { generate },
      );
      const { cells, objects } = filled(row, [1, 2]);
      expect(() => row.take(-1, Number.NaN)).toThrow();
      expect(row.extract(cells, 0, objects, SPAN)).toEqual([3, 3, 1.5]);
      row.take(3, Number.NaN);
      row.addTaken(cells, 0, objects);
      expect(row.extract(cells, 0, objects, SPAN)).toEqual([6, 6, 2]);
    }
  });

  test(`a failure, a promise and a wrong number are refused by the name of the field (${how})`, () => {
    const answers: unknown[] = [fail('no price'), Promise.resolve(1), '1', null];
    const row = new AggregateRow<number>({ "it's": sum((i: number) => answers[i] as number) }, { generate });
    expect(() => row.take(0, 0)).toThrow(expect.objectContaining({ reason: 'no price' }));
    expect(() => row.take(1, 0)).toThrow(expect.objectContaining({ code: 'HR_PROMISE_NOT_ALLOWED' }));
    expect(() => row.take(2, 0)).toThrow("the aggregate 'it's' wants a finite number and got string");
    expect(() => row.take(3, 0)).toThrow('got null');
  });

  test(`functions get the value and nothing else (${how})`, () => {
    const row = new AggregateRow<string>(
      { n: sum((...given: unknown[]) => given.length), hex: sum((text: string) => Number.parseInt(text)) },
      { generate },
    );
    const { cells, objects } = filled(row, ['10', '10']);
    expect(row.extract(cells, 0, objects, SPAN)).toEqual([2, 20]);
  });
}

test('poisoned names of fields are names like others', () => {
  const fields = Object.fromEntries(['__proto__', 'constructor', 'a/b', 'a'].map((name) => [name, count()]));
  const row = new AggregateRow<number>(fields);
  const { cells, objects } = filled(row, [1, 2]);
  const packed = row.pack(cells, 0, objects);
  expect(Object.keys(packed)).toEqual(['__proto__', 'constructor', 'a/b', 'a']);
  const other = new Float64Array(row.cells);
  expect(row.extract(other, 0, row.restore(packed, other, 0), SPAN)).toEqual([2, 2, 2, 2]);
});

test('fields may be added, removed and reordered', () => {
  const before = new AggregateRow<number>({ gone: max(), total: sum(), n: count(), kinds: distinct() });
  const { cells, objects } = filled(before, [4, 5]);
  const after = new AggregateRow<number>({ n: count(), fresh: mean(), kinds: distinct(), users: distinct(), total: sum() });
  const taken = new Float64Array(after.cells * 2).fill(1);
  const others = after.restore(before.pack(cells, 0, objects), taken, after.cells);
  expect(after.extract(taken, after.cells, others, SPAN)).toEqual([2, Number.NaN, 2, 0, 9]);
});

test('a layout whose names and numbers do not fit is refused where it is written', () => {
  const layout: NumericLayout<number> = { names: ['a', 'b'], initial: [0], inputs: [], add() {}, merge() {}, extract: () => 0 };
  for (const wrong of [
    {},
    { names: ['a'], initial: [0], settings: { a: 1 } },
    { names: ['a', 'a'], initial: [0, 0] },
    { names: ['__proto__'] },
  ])
    expect(() => numericAggregate('wrong', { ...layout, ...wrong })).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});

test('a state of another kind is refused by the name of its field; what is kept the same way may be looked at otherwise', () => {
  const written = (row: AggregateRow<number>) => {
    const { cells, objects } = filled(row, [1, 2, 4]);
    return row.pack(cells, 0, objects);
  };
  const taken = (row: AggregateRow<number>, packed: Readonly<Record<string, unknown>>) => {
    const cells = new Float64Array(row.cells);
    return row.extract(cells, 0, row.restore(packed, cells, 0), SPAN);
  };
  const spread = written(new AggregateRow<number>({ x: variance() }));
  expect(taken(new AggregateRow<number>({ x: stddev() }), spread)).toEqual([expect.closeTo(Math.sqrt(14 / 9), 12)]);
  const others: readonly Aggregate<number, unknown>[] = [count(), mean(), distinct(), max(), distinct(undefined, { error: 0.01 })];
  for (const one of others)
    for (const other of others.filter((each) => each !== one && each.kind !== one.kind))
      expect(() => taken(new AggregateRow<number>({ x: other }), written(new AggregateRow<number>({ x: one })))).toThrow(
        expect.objectContaining({ code: 'HR_STATE_UNREADABLE', what: expect.stringContaining("'x'") as string }),
      );
  // From before counts had options.
  expect(taken(new AggregateRow<number>({ n: count(), total: sum() }), { n: { n: 4 }, total: { sum: 7, lost: 0.5 } })).toEqual([4, 7.5]);
});

test('what divides by the length of a window is refused where windows have none', () => {
  expect(() => checkNeeds({ n: count(), perSecond: rate() }, "window 'w'")).toThrow("the aggregate 'perSecond' divides by the length");
  expect(() => checkNeeds({ n: count() }, "window 'w'")).not.toThrow();
});
