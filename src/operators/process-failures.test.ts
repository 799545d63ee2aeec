import { expect, test } from 'vitest';
import { fail } from '../core/failure.ts';
import { type Ctx, deed, ProcessRig } from './process-rig.ts';

/** Does something to everything there is. */
const everything = ({ cells, timers, clock, outputs }: Ctx): void => {
  cells.value.update((n) => n + 1);
  cells.map.set('x', 1);
  cells.map.delete('old');
  cells.list.push(9);
  cells.mean.add(100);
  timers.set('new', 50);
  timers.cancel('kept');
  clock.set('tick', 2_000);
  outputs.side('side');
};

const look = ({ cells, timers, clock }: Ctx): unknown[] => [
  cells.value.get(),
  [...cells.map.entries()],
  cells.map.size,
  cells.list.values(),
  cells.mean.get(),
  [timers.get('new'), timers.get('kept'), clock.get('tick')],
];

const failures: Readonly<Record<string, (context: Ctx) => never[] | Iterable<unknown>>> = {
  'that throws': (context) => {
    everything(context);
    throw new Error('at the end');
  },
  'that answers fail': (context) => {
    everything(context);
    return fail('no') as never;
  },
  'that emits fail behind a value': (context) => {
    everything(context);
    return [1, fail('no')];
  },
  'that throws while it yields': function* (context) {
    yield 1;
    everything(context);
    yield 2;
    throw new Error('in the middle');
  },
  'that looked at what it did': (context) => {
    everything(context);
    look(context);
    context.forget();
    look(context);
    throw new Error('after all');
  },
  'that answers nothing to iterate over': (context) => {
    everything(context);
    return 5 as never;
  },
};

for (const [which, does] of Object.entries(failures)) {
  test(`a handler ${which} has changed no cell and no timer and emitted nothing, and its record is refused`, async () => {
    const rig = new ProcessRig();
    const begin = deed('a', 1, ({ cells, timers }) => {
      cells.value.set(7);
      cells.map.set('old', 5);
      cells.map.set('x', 6);
      for (const n of [1, 2, 3, 4]) cells.list.push(n);
      cells.mean.add(10);
      timers.set('kept', 40);
    });
    const before = [
      7,
      [
        ['old', 5],
        ['x', 6],
      ],
      2,
      [2, 3, 4],
      10,
      [undefined, 40, undefined],
    ];
    await rig.give([begin, deed('a', 2, (context) => [look(context)])]);
    expect(rig.take()).toEqual([before]);
    await rig.give([
      deed('a', 3, does),
      deed('a', 4, (context) => [look(context)]),
      deed('b', 5, (context) => [context.cells.value.get()]),
    ]);
    expect(rig.takeAll().map(({ to, value }) => [to, value])).toEqual([
      ['records', before],
      ['records', 0],
    ]);
    expect(rig.rig.refused.map(({ id }) => id)).toEqual(['s/0/2']);
    await rig.rig.finish();
    expect(rig.take()).toEqual(['kept of a at 40, 40']);
    expect([...rig.rig.dropped]).toEqual([]);
  });
}

test('what a call has done to a cell is there for the rest of the call, and kept behind it', async () => {
  const rig = new ProcessRig();
  const first = deed('a', 1, (context) => {
    everything(context);
    everything(context);
    const { cells } = context;
    cells.map.set('y', 2);
    cells.map.set('z', 3);
    cells.map.delete('y');
    return [look(context), [cells.map.has('y'), cells.map.get('z'), cells.list.length]];
  });
  const after = [
    2,
    [
      ['x', 1],
      ['z', 3],
    ],
    2,
    [9, 9],
    100,
    [50, undefined, 2_000],
  ];
  await rig.give([first, deed('a', 2, (context) => [look(context)])]);
  expect(rig.take()).toEqual([after, [false, 3, 2], after]);
  await rig.give([
    deed('a', 3, (context) => {
      context.forget();
      context.cells.mean.add(3);
      return [look(context)];
    }),
    deed('a', 4, (context) => [look(context)]),
  ]);
  const empty = [0, [], 0, [], 3, [undefined, undefined, undefined]];
  expect(rig.take()).toEqual([empty, empty]);
});

test('a timer whose handler fails is refused by name, has fired, and has changed nothing', async () => {
  const rig = new ProcessRig({
    onTimer({ name }, { cells, timers, outputs }) {
      cells.value.set(1);
      timers.set('again', 100);
      outputs.side('x');
      if (name === 'bad') throw new Error('a bad timer');
      return [name];
    },
  });
  const set = deed('a', 1, ({ timers }) => {
    timers.set('bad', 10);
    timers.set('good', 11);
  });
  await rig.give([set], 10);
  expect(rig.takeAll()).toEqual([]);
  expect(rig.rig.refused).toMatchObject([{ id: 'rig/"a"/"bad"/10', value: { timer: 'bad', at: 10 } }]);
  await rig.give([deed('a', 2, ({ cells, timers }) => [cells.value.get(), timers.get('bad'), timers.get('again')])], 20);
  expect(rig.take()).toEqual([0, undefined, undefined, 'good']);
});

test('where the run stops at a record nothing behind it is emitted, and all in front of it is', async () => {
  const rig = new ProcessRig({}, { stopsAt: () => true });
  const bad = deed('a', 2, () => {
    throw new Error('stop here');
  });
  await rig.give([deed('a', 1, () => [1]), bad, deed('a', 3, () => [3])], 10);
  expect(rig.take()).toEqual([1]);
  expect(rig.rig.station.isDone).toBe(true);
});

test('a capture has the cells of its moment, and a restore has them all', async () => {
  const first = new ProcessRig();
  await first.give([deed('a', 1, everything), deed('b', 1, everything), deed('b', 2, everything)]);
  const restored = first.rig.snapshot();
  await first.give([deed('a', 3, everything), deed('b', 3, ({ forget }) => forget()), deed('c', 3, everything)]);
  const second = new ProcessRig({}, { restored });
  await second.give(['a', 'b', 'c'].map((key) => deed(key, 4, (context) => [look(context)])));
  expect(second.take()).toEqual([
    [1, [['x', 1]], 1, [9], 100, [50, undefined, 2_000]],
    [2, [['x', 1]], 1, [9, 9], 100, [50, undefined, 2_000]],
    [0, [], 0, [], Number.NaN, [undefined, undefined, undefined]],
  ]);
});
