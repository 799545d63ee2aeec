import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { decodeChunk, encodeChunk } from '../codecs/chunk-bytes.ts';
import { Chunk, slice } from '../core/chunk.ts';
import { ColumnRows, plainRows } from '../core/column-rows.ts';
import { type Columns, cutColumns } from '../core/columns.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Sink } from '../core/sink.ts';
import type { Answer, Source } from '../core/source.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import type { Stream } from '../pipeline/stream.ts';
import { embedded, embeddedAs } from './embedded.ts';
import { ReadOrigin } from './read-origin.ts';
import { PlanStage } from './stages/plan-stage.ts';

const COUNT = 60;
const LANDS = ['CH', 'DE', 'FR'];

interface Order {
  readonly n: number;
  readonly land: string | null;
}

const numbers = Float64Array.from({ length: COUNT }, (_, n) => n);
const all: Columns = {
  length: COUNT,
  names: ['n', 'land'],
  columns: [
    { kind: 'number', values: numbers },
    {
      kind: 'dictionary',
      ids: Int32Array.from(numbers, (n) => n % 3),
      entries: LANDS,
      nulls: Uint8Array.from(numbers, (n) => (n % 7 === 6 ? 1 : 0)),
    },
  ],
};

type Form = 'columns' | 'values';

function orders(form: Form, columns: Columns = all): Source<Order> {
  return {
    kind: 'orders',
    id: 'orders',
    partitions: () => [0],
    open(_partition, resume) {
      let next = Number(resume ?? 0);
      return {
        read(limit) {
          const [from, to] = [next, Math.min(columns.length, next + limit)];
          next = to;
          const read = cutColumns(columns, from, to);
          const given = form === 'columns' ? { columns: read } : { values: plainRows.rows(read) as Order[] };
          const positions = { in: 'o:', at: Int32Array.from({ length: to - from }, (_, i) => from + i) };
          const times = Float64Array.from({ length: to - from }, (_, i) => (from + i) * 1000);
          return { ...given, positions, times, resume: next, end: next === columns.length } as Answer<Order>;
        },
        close() {},
      };
    },
  };
}

/** Keeps every chunk, which is read only when all is over. */
function keep(chunks: Chunk[], id: string): Sink<unknown> {
  return { kind: 'keep', id, delivery: 'none', open: () => ({ write: (chunk) => void chunks.push(chunk), close() {} }) };
}

type Build = (stream: Stream<Order>) => Stream<unknown>;

const ways: Readonly<Record<string, Build>> = {
  'a sink': (stream) => stream,
  'a filter': (stream) => stream.filter(({ n }) => n % 2 === 0),
  'a flatMap that pauses': (stream) => stream.flatMap((order) => Array.from({ length: order.n % 5 }, (_, i) => ({ i, order }))),
  'take in mid-chunk': (stream) => stream.take(17),
  mapAsync: (stream) => stream.mapAsync(async ({ n, land }) => `${n} ${land}`, { concurrency: 3 }),
  mapBatch: (stream) => stream.mapBatch(async (many) => many.map(({ n }) => n), { max: 7, within: '5ms' }),
  batch: (stream) => stream.batch(8),
  buffer: (stream) => stream.buffer({ items: 10, name: 'held' }),
  'rate limit': (stream) => stream.rateLimit({ records: 1000, per: '1s', burst: 3 }),
  'event times': (stream) => stream.eventTime(({ n }) => n * 10, { disorder: 0 }).map((order, record) => [order, record.eventTime]),
  'keys and state': (stream) =>
    stream
      .keyBy(({ land }) => land ?? '')
      .scan(
        'sum',
        () => 0,
        (sum, { n }) => sum + n,
      )
      .map((sum, record) => [record.key, sum]),
  'a split': (stream) => stream.split({ few: ({ n }) => n < 20, many: () => true }).many,
  'a merge': (stream) => stream.merge(stream.map((order) => order)).keyBy(({ n }) => n),
};

interface Came {
  readonly value: unknown;
  readonly id: string;
  readonly time: number;
}

function cameOf(chunks: readonly Chunk[]): Came[] {
  return chunks.flatMap((chunk) =>
    chunk.values.map((value, i) => {
      const record = new OwnRecord(chunk, i);
      return { value, id: record.id, time: record.eventTime };
    }),
  );
}

type Codegen = 'always' | 'never';
type Way = { readonly codegen: Codegen; readonly chunk: number; readonly inStages: boolean };

async function through(form: Form, build: Build, { codegen, chunk, inStages }: Way): Promise<readonly (readonly Came[])[]> {
  const world = virtualWorld();
  const made: Pipeline = pipeline('orders');
  const [whole, part]: [Chunk[], Chunk[]] = [[], []];
  const source = made.from(orders(form));
  // Somebody else reads the same chunks.
  source.to(keep(whole, 'whole'));
  build(source).to(keep(part, 'part'));
  const options = { world, codegen, chunk };
  const budget = { add() {}, isTight: false, isOverShare: false, whenFree: (fn: () => void) => fn() };
  const runtime = inStages
    ? embeddedAs(options, (plan) => ({
        parallelism: 2,
        makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen, chunkLimit: chunk, budget, counters }),
      }))
    : embedded(options);
  const running = await runtime.start(made, {});
  await world.until(running.done);
  return [cameOf(whole), cameOf(part)];
}

const cases = Object.keys(ways).flatMap((name) =>
  ([1, 7, 1024] as const).flatMap((chunk) =>
    (['always', 'never'] as const).flatMap((codegen) => [false, true].map((inStages) => ({ name, chunk, codegen, inStages }))),
  ),
);

test.each(cases)(
  'columns straight to $name are the rows they stand for (chunk $chunk, codegen $codegen, stages $inStages)',
  async ({ name, ...way }) => {
    const columns = await through('columns', ways[name]!, way);
    const values = await through('values', ways[name]!, way);
    expect(columns[0]).toHaveLength(COUNT);
    expect(columns[0]).toEqual(values[0]);
    const sorted = (came: readonly Came[]): readonly Came[] =>
      name === 'a merge' || way.inStages ? came.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : came;
    expect(columns[1]!.length).toBeGreaterThan(0);
    expect(sorted(columns[1]!)).toEqual(sorted(values[1]!));
  },
);

/** Columns of which it is known how often an entry was read. */
function counted(): { readonly columns: Columns; readonly reads: () => number } {
  let reads = 0;
  const values = new Proxy(numbers, {
    get(array, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      const got: unknown = Reflect.get(array, name, array);
      return typeof got === 'function' ? (got as () => unknown).bind(array) : got;
    },
  });
  return { columns: { length: COUNT, names: ['n'], columns: [{ kind: 'number', values }] }, reads: () => reads };
}

/** All of them in one read, so that the columns come as they are. */
function inOneRead(columns: Columns): Source<{ readonly n: number }> {
  return {
    kind: 'once',
    id: 'once',
    partitions: () => [0],
    open: () => ({ read: () => ({ columns, positions: { first: 0 }, resume: null, end: true }), close() {} }),
  };
}

test.each(['always', 'never', 'auto'] as const)(
  'a loop reads each entry once and makes no rows beside it (codegen %s)',
  async (codegen) => {
    const { columns, reads } = counted();
    const world = virtualWorld();
    const seen: number[] = [];
    const made = pipeline('read once')
      .from(inOneRead(columns))
      .filter(({ n }) => n > 9)
      .tap(({ n }) => void seen.push(n));
    const running = await embedded({ world, codegen }).start(made.filter(() => false).to(keep([], 'none')), {});
    await world.until(running.done);
    expect(seen).toHaveLength(COUNT - 10);
    expect(reads()).toBe(COUNT);
  },
);

test('what stands between a source and sinks makes no rows, and those the sinks ask for are made once', async () => {
  const { columns, reads } = counted();
  const world = virtualWorld();
  const chunks: Chunk[] = [];
  const made = pipeline('passed on');
  const stream = made.from(inOneRead(columns));
  stream.to(keep(chunks, 'one'));
  stream.merge(made.from({ ...inOneRead(cutColumns(columns, 0, 0)), id: 'nothing' })).to(keep(chunks, 'two'));
  const running = await embedded({ world }).start(made, {});
  await world.until(running.done);
  expect(chunks.map((chunk) => [chunk.length, chunk.columns?.names])).toEqual([
    [COUNT, ['n']],
    [COUNT, ['n']],
  ]);
  expect(reads()).toBe(0);
  expect(chunks[0]!.values).toBe(chunks[1]!.values);
  expect(reads()).toBe(COUNT);
});

test('a slice of columns makes no rows, has the lineage of its rows, and shares rows that are made already', () => {
  const rows = new ColumnRows(all);
  const origin = new ReadOrigin('orders', '0', { positions: { first: 100 } });
  const chunk = new Chunk<Order>(rows, origin);
  const before = slice(chunk, 10, 20, { watermark: 5 });
  expect([before.length, before.columns?.length, before.control?.watermark, rows.areMade]).toEqual([10, 10, 5, false]);
  expect(before.values[0]).toEqual({ n: 10, land: 'DE' });
  expect(new OwnRecord(before, 0).position).toBe('110');
  const [tenth] = chunk.values.slice(10);
  expect(slice(chunk, 10, 20).values[0]).toBe(tenth);
});

test('columns cross to other processes as the rows they stand for', () => {
  const origin = new ReadOrigin('orders', '0', { positions: { in: 'orders.csv:', at: numbers } });
  const [rows, values] = [new Chunk(new ColumnRows(all), origin), new Chunk(plainRows.rows(all), origin)];
  expect(encodeChunk(rows)).toEqual(encodeChunk(values));
  const copy = decodeChunk(encodeChunk(rows), undefined, undefined);
  expect(copy.values).toEqual(plainRows.rows(all));
  expect(copy.origin.idAt(3)).toBe('orders/0/orders.csv:3');
});
