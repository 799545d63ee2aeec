import { expect, test } from 'vitest';
import { text } from '../codecs/text.ts';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import { count } from '../windows/aggregates/count.ts';
import { mean } from '../windows/aggregates/sum.ts';
import { tumblingCount } from '../windows/count.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { fingerprintOf, planDiffers, planJson, readPlanJson } from './plan-json.ts';

function shop(factor: number, options: { readonly take?: number; readonly name?: string } = {}): Pipeline {
  const plan = pipeline('shop', { renamed: { old: 'total' }, forget: ['gone'], maxParallelism: 64 });
  const scaled = plan.from(values(['1', '2'])).map((word) => Number(word) * factor);
  scaled
    .as({ kind: 'eight-bytes', framing: 'none', encode: () => new Uint8Array(8), decode: () => 0 })
    .keyBy((n) => n % 2)
    .scan(
      options.name ?? 'total',
      () => 0,
      (sum, n) => sum + n,
    )
    .to(collect());
  scaled
    .mapAsync(async (n) => n, { concurrency: 2 })
    .take(options.take ?? 3, { name: 'first' })
    .to(collect());
  scaled
    .window('pairs', tumblingCount(2))
    .aggregate({ n: count(), mean: mean((x) => x) })
    .to(collect());
  return plan;
}

const node = (described: Pipeline, id: string) => planJson(planFor(described)).nodes.find((each) => each.id === id)!;

test('a plan becomes JSON that says what it keeps and how values are written where they may leave the process', () => {
  const json = planJson(planFor(shop(2)));
  const { nodes, ...rest } = json;
  expect(rest).toEqual({ version: 1, pipeline: 'shop', maxParallelism: 64, renamed: { old: 'total' }, forget: ['gone'] });
  expect(nodes.find(({ id }) => id === 'values/keyBy')).toEqual({
    id: 'values/keyBy',
    type: 'step',
    kind: 'keyBy',
    inputs: ['values/map'],
    keyed: true,
    onError: 'stop',
    edgeCodec: 'value',
    cells: [],
  });
  expect(nodes.find(({ id }) => id === 'values/map')).toMatchObject({ keyed: false, edgeCodec: 'eight-bytes', cells: [] });
  expect(nodes.find(({ id }) => id === 'values')).toMatchObject({ type: 'source', cells: ['positions'] });
  expect(nodes.find(({ id }) => id === 'total')).toMatchObject({ name: 'total', remembers: 'key', cells: ['state'] });
  expect(nodes.find(({ id }) => id === 'first')).toMatchObject({ remembers: 'one', options: { count: 3 } });
  expect(nodes.find(({ id }) => id === 'values/mapAsync')).toMatchObject({ options: { concurrency: 2 }, cells: ['pending'] });
  expect(nodes.find(({ id }) => id === 'pairs')).toMatchObject({ options: { size: 2 }, fields: { n: 'n' } });
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
});

test('a codec given to keyBy writes what it sends away, one given to mapAsync its records without an answer', () => {
  const plan = pipeline('codecs');
  plan
    .from(values(['a']))
    .keyBy((word) => word, { codec: text() })
    .mapAsync(async (word) => word, { codec: text() })
    .to(collect());
  expect(node(plan, 'values/keyBy')).toMatchObject({ edgeCodec: 'text' });
  expect(node(plan, 'values/mapAsync')).toMatchObject({ codec: 'text' });
});

test('a stream has one codec', () => {
  const stream = pipeline('codecs').from(values(['a']));
  const words = text();
  expect(stream.as(words).as(words)).toBe(stream);
  expect(() => stream.as(text())).toThrow("this stream has the codec 'text' already");
  expect(() => stream.map((word) => word).as({} as never)).toThrow('this is no codec');
});

test('no text of a function is in the JSON', () => {
  expect(JSON.stringify(planJson(planFor(shop(2))))).not.toContain('=>');
});

test('two plans from the same lines have the same fingerprint, whatever a closure holds', () => {
  const one = fingerprintOf(planFor(shop(2)));
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(fingerprintOf(planFor(shop(2)))).toBe(one);
  expect(fingerprintOf(planFor(shop(3)))).toBe(one);
});

test('an option, a name, a function, a test of a split or an aggregate that is another makes another fingerprint', () => {
  const of = (write: (plan: Pipeline) => unknown): string => {
    const plan = pipeline('one');
    write(plan);
    return fingerprintOf(planFor(plan));
  };
  const prints = [
    of((plan) => plan.from(values([1])).to(collect())),
    of((plan) => plan.from(values([1]), { name: 'one' }).to(collect())),
    of((plan) =>
      plan
        .from(values([1]))
        .take(1)
        .to(collect()),
    ),
    of((plan) =>
      plan
        .from(values([1]))
        .take(2)
        .to(collect()),
    ),
    ...[(n: number) => n + 1, (n: number) => n + 2].flatMap((fn) => [
      of((plan) =>
        plan
          .from(values([1]))
          .map(fn)
          .to(collect()),
      ),
      of((plan) =>
        plan
          .from(values([1]))
          .filter((n) => n > 0)
          .mapAsync(async (n) => n, {})
          .mapBatch(fn as never, { max: 2 })
          .to(collect()),
      ),
      of((plan) =>
        plan
          .from(values([1]))
          .scan('s', () => 0, fn as (sum: number) => number)
          .to(collect()),
      ),
      of((plan) =>
        plan
          .from(values([1]))
          .split({ a: (n) => fn(n) > 1 })
          .a.to(collect()),
      ),
      of((plan) =>
        plan
          .from(values([1]))
          .window('w', tumblingCount(2))
          .aggregate({ mean: mean(fn) })
          .to(collect()),
      ),
    ]),
    of((plan) =>
      plan
        .from(values([1]))
        .split({ a: (n) => n > 7 })
        .a.to(collect()),
    ),
  ];
  // The split calls `fn` from the same text, and an aggregate keeps its function to itself.
  expect(new Set(prints).size).toBe(prints.length - 2);
});

test('a worker that has built another plan is told what to do', () => {
  const error = planDiffers('shop', 'a worker thread');
  expect(error.code).toBe('HR_PLAN_DIFFERS');
  expect(error.message).toContain('a worker thread has built another plan');
});

test('a written plan can be read again, and what is none is refused', () => {
  const json = planJson(planFor(shop(2)));
  expect(readPlanJson(JSON.stringify(json), 'plan.json')).toEqual(json);
  const codeOf = (written: string) => {
    try {
      readPlanJson(written, 'plan.json');
    } catch (error) {
      return isHeadraceError(error) ? `${error.code} ${error.what}` : error;
    }
    return undefined;
  };
  for (const written of ['', 'null', '{}', '[1]']) expect(codeOf(written)).toBe('HR_PLAN_UNREADABLE this is no plan');
  expect(codeOf('{"version":2}')).toContain('version 2');
});
