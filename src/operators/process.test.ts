import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import type { KeyedStream } from '../pipeline/keyed-stream.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { Stream } from '../pipeline/stream.ts';
import { run } from '../runtime/run.ts';
import { mean } from '../windows/aggregates/sum.ts';
import { aggregateCell, cell, listCell, mapCell } from './process-cells.ts';
import { output } from './process-handler.ts';
import { type Ctx, deed, ProcessRig } from './process-rig.ts';

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function same<A, B>(_ok: Equal<A, B>): void {}
type ElementOf<S> = S extends Stream<infer T> ? T : never;

interface Click {
  readonly user: string;
  readonly at: number;
}

test('types are inferred: of cells, timers, outputs, and of what all three functions emit', async () => {
  const shop = pipeline('types');
  const clicks = shop
    .from(
      values<Click>([
        { user: 'ann', at: 1 },
        { user: 'bob', at: 2 },
      ]),
    )
    .eventTime((click) => click.at);
  const visits = clicks
    .keyBy((click) => click.user)
    .process('visits', {
      cells: {
        pages: cell(() => 0),
        seen: mapCell<string, number>(),
        last: listCell<Click>({ newest: 100 }),
        load: aggregateCell(mean((click: Click) => click.at)),
      },
      outputs: { alerts: output<{ readonly user: string }>() },
      timers: ['over', 'soon'],
      onRecord(click, { cells, timers, time, outputs, key, record }) {
        cells.pages.update((pages) => pages + 1);
        cells.seen.set('a', 1);
        cells.last.push(click);
        cells.load.add(click);
        timers.set('over', time + 10);
        // @ts-expect-error there is no timer of that name
        if (time > 1e9) timers.set('ovre', 1);
        // @ts-expect-error and an output has a type
        if (time > 1e9) outputs.alerts(5);
        // @ts-expect-error what a cell answers is not changed in place
        if (time > 1e9) cells.last.values().push(click);
        outputs.alerts({ user: `${key} ${record.position}` });
        if (click.at > 1e9) return fail('too late');
        return [{ n: cells.pages.get() }];
      },
      onTimer(timer, { cells, key }) {
        return [`${timer.name} ${key} ${cells.load.get()} ${cells.last.length}`];
      },
    });
  same<typeof visits.outputs.alerts, KeyedStream<string, { readonly user: string }>>(true);
  same<ElementOf<typeof visits>, { n: number } | string>(true);
  const silent = clicks.keyBy((click) => click.user).process('silent', { onRecord() {} });
  same<ElementOf<typeof silent>, never>(true);
  const main = collect<unknown>();
  const alerts = collect<unknown>();
  visits.map((value, record) => [value, record.id, record.eventTime, record.key]).to(main);
  visits.outputs.alerts.map((value, record) => [value, record.id, record.key]).to(alerts);
  await run(silent.to(each(() => {})));
  expect(main.values).toEqual([
    [{ n: 1 }, 'values/0/0/1', 1, 'ann'],
    [{ n: 1 }, 'values/0/1/1', 2, 'bob'],
    ['over ann 1 1', 'visits/"ann"/"over"/11/0', 11, 'ann'],
    ['over bob 2 1', 'visits/"bob"/"over"/12/0', 12, 'bob'],
  ]);
  expect(alerts.values).toEqual([
    [{ user: 'ann 0' }, 'values/0/0/0', 'ann'],
    [{ user: 'bob 1' }, 'values/0/1/0', 'bob'],
  ]);
});

test('a handler that answers a promise is found by the compiler, and stops the run where it was not', async () => {
  const keyed = pipeline('promise', { onError: 'skip' })
    .from(values([1]))
    .keyBy((n) => n);
  const late = keyed.process('late', {
    // @ts-expect-error a promise is nothing to iterate over
    async onRecord() {
      return [1];
    },
  });
  await expect(run(late.to(collect()))).rejects.toMatchObject({ code: 'HR_PROMISE_NOT_ALLOWED' });
});

test('a map goes through its members as they were when it was asked', async () => {
  const rig = new ProcessRig();
  const seen: string[] = [];
  await rig.give([
    deed('a', 1, ({ cells }) => {
      cells.map.set('x', 1);
      cells.map.set('y', 2);
    }),
    deed('a', 2, ({ cells }) => {
      for (const [member] of cells.map.entries()) {
        seen.push(member);
        cells.map.delete(member);
        cells.map.set(`${member}${member}`, 1);
      }
      return [[...cells.map.entries()]];
    }),
  ]);
  expect(seen).toEqual(['x', 'y']);
  expect(rig.take()).toEqual([
    [
      ['xx', 1],
      ['yy', 1],
    ],
  ]);
});

test('a full map refuses one member more, and not another value of one that it has', async () => {
  const rig = new ProcessRig();
  const put = (...members: string[]) =>
    deed('a', 1, ({ cells }) => {
      for (const member of members) cells.map.set(member, member.length);
    });
  await rig.give([put('a', 'b', 'c'), put('a', 'd'), put('a'), deed('a', 1, ({ cells }) => [[...cells.map.entries()]])]);
  expect(rig.rig.refused.map(({ error }) => isHeadraceError(error) && error.code)).toEqual(['HR_CELL_FULL']);
  expect(rig.take()).toEqual([
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
  ]);
});

test('outside of its call a cell, a timer and an output say that the call is over', async () => {
  const rig = new ProcessRig();
  let kept: Ctx | undefined;
  await rig.give([deed('a', 1, (context) => void (kept = context))]);
  const { cells, timers, clock, outputs, forget } = kept!;
  for (const use of [
    () => cells.value.get(),
    () => cells.map.set('x', 1),
    () => cells.list.values(),
    () => cells.mean.add(1),
    () => timers.set('x', 1),
    () => clock.cancel('x'),
    () => outputs.side('x'),
    forget,
  ])
    expect(use).toThrow(expect.objectContaining({ code: 'HR_CALL_OVER' }) as Error);
});

test('what makes no sense is said when the pipeline is written', () => {
  const keyed = pipeline('options')
    .from(values([1]))
    .keyBy((n) => n);
  const thrown = (make: () => unknown): unknown => {
    try {
      make();
    } catch (error) {
      return isHeadraceError(error) && error.code;
    }
    return undefined;
  };
  expect(thrown(() => keyed.process('p', {} as never))).toBe('HR_OPTION_INVALID');
  expect(thrown(() => keyed.process('p', { outputs: { records: output<number>() }, onRecord() {} }))).toBe('HR_OPTION_INVALID');
  expect(thrown(() => keyed.process('p', { onRecord() {} }, { timersPerKey: 0 }))).toBe('HR_OPTION_INVALID');
  expect(thrown(() => listCell({ newest: 0 }))).toBe('HR_OPTION_INVALID');
  expect(thrown(() => mapCell({ most: 1.5 }))).toBe('HR_OPTION_INVALID');
});
