import { expect, test } from 'vitest';
import { each } from '../connectors/values/each.ts';
import { every } from '../connectors/values/every.ts';
import { values } from '../connectors/values/values.ts';
import type { StationOperator } from '../core/station.ts';
import { watermarkProbe } from '../operators/watermark-probe.ts';
import { causesOf } from './plan-causes.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { planOf } from './plan.ts';
import { Draft, type DraftNode } from './draft.ts';
import type { Plan } from './plan.ts';

/** The inputs of each node that is neither source nor sink. */
const shape = (made: Pipeline | Plan): Record<string, readonly string[]> =>
  Object.fromEntries(
    ('nodes' in made ? made : planFor(made)).nodes.filter(({ body }) => body.type !== 'source').map(({ id, inputs }) => [id, inputs]),
  );

/** Who works by event time, without doing anything. */
const needy = (name: string): StationOperator => ({ ...watermarkProbe(() => {}), kind: 'needy', name, needsTime: true });

/** Sources, each with operators behind it; `merged` puts the last of all together in front of a needy one. */
function draft(build: (draft: Draft, tick: DraftNode, plain: DraftNode) => readonly DraftNode[]): Plan {
  const made = new Draft('drafted', {});
  const tick = made.add({ type: 'source', source: every('1s'), name: 'tick' }, []);
  const plain = made.add({ type: 'source', source: values([1]), name: 'plain' }, []);
  for (const end of build(made, tick, plain)) made.add({ type: 'sink', sink: each(() => {}), name: undefined }, [end]);
  return planOf(made);
}
const station = (made: Draft, operator: StationOperator, ...inputs: readonly DraftNode[]): DraftNode =>
  made.add({ type: 'station', operator }, inputs);

test('behind a source that gives times a node says them, where somebody needs that, and only there', () => {
  const plan = draft((made, tick, plain) => [station(made, needy('panes'), tick), tick, plain]);
  expect(shape(plan)).toEqual({
    'tick/sourceTime': ['tick'],
    panes: ['tick/sourceTime'],
    each: ['panes'],
    'each#2': ['tick'],
    'each#3': ['plain'],
  });
  expect(plan.nodes.map(({ id }) => id).indexOf('tick/sourceTime')).toBe(1);
});

test('where nobody needs time nothing is added', () => {
  const plan = draft((_made, tick, plain) => [tick, plain]);
  expect(plan.nodes.map(({ kind }) => kind)).toEqual(['every', 'values', 'each', 'each']);
});

test('a source without times is refused, with the lines of all who need them', () => {
  expect(() => draft((made, tick, plain) => [station(made, needy('panes'), plain), tick])).toThrow(
    /panes works by event time, and the records of plain have none/,
  );
  expect(() => draft((made, tick, plain) => [station(made, needy('both'), made.add({ type: 'merge' }, [tick, plain]))])).toThrow(
    /both works by event time/,
  );
});

test('eventTime and processingTime in between say what time is, and so do those of one stream of several', () => {
  for (const stamp of ['eventTime', 'processingTime'] as const) {
    const made = pipeline('stamped');
    const stream = made.from(values([1]));
    const stamped = stamp === 'eventTime' ? stream.eventTime((at) => at) : stream.processingTime();
    stamped
      .merge(
        made
          .from(every('1s'))
          .map(({ at }) => at)
          .eventTime((at) => at),
      )
      .to(each(() => {}));
    expect(Object.keys(shape(made))).toContain(`values/${stamp}`);
  }
});

test('the clock is named as a cause of another answer where it is one', () => {
  const made = pipeline('clocks');
  const stream = made.from(values([1]));
  stream.eventTime((at) => at, { name: 'plain' }).to(each(() => {}));
  stream.eventTime((at) => at, { name: 'idle', idleAfter: '1s' }).to(each(() => {}));
  stream.eventTime((at) => at, { name: 'ahead', future: { beyond: '1d' } }).to(each(() => {}));
  stream.eventTime((at) => at, { name: 'behind', future: { beyond: '1d', of: 'watermark' } }).to(each(() => {}));
  stream.processingTime({ name: 'now' }).to(each(() => {}));
  expect(causesOf(planFor(made), { copies: 'one' }).map(({ node }) => node)).toEqual(['idle', 'ahead', 'now']);
});

test('idleAfter where silence is not heard is refused when the plan is built', () => {
  const made = (build: (all: Pipeline) => unknown): (() => unknown) => {
    const all = pipeline('far');
    build(all);
    return () => planFor(all);
  };
  const options = { idleAfter: '1s' } as const;
  expect(
    made((all) =>
      all
        .from(values([1]))
        .keyBy((n) => n)
        .map((n) => n)
        .eventTime((at) => at, options)
        .to(each(() => {})),
    ),
  ).toThrow(/idleAfter would never hear that a partition is silent/);
  expect(
    made((all) =>
      all
        .from(values([1]))
        .keyBy((n) => n)
        .eventTime((at) => at, options)
        .to(each(() => {})),
    ),
  ).not.toThrow();
  expect(
    made((all) =>
      all
        .from(values([1]))
        .keyBy((n) => n)
        .map((n) => n)
        .eventTime((at) => at)
        .to(each(() => {})),
    ),
  ).not.toThrow();
  expect(
    made((all) =>
      all
        .from(values([1]))
        .merge(all.from(values([2])))
        .map((n) => n)
        .eventTime((at) => at, options)
        .to(each(() => {})),
    ),
  ).not.toThrow();
});
