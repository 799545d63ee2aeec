import {
  cell,
  count,
  fail,
  type Key,
  type KeyedStream,
  listCell,
  mapCell,
  type Pipeline,
  pipeline,
  type RecordInfo,
  type Sink,
  type Source,
  type Stream,
  sum,
  tumblingCount,
} from '../../src/index.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { OwnRecord } from '../../src/core/record-of.ts';

/** What one sink had of one record. */
export interface Row {
  readonly id: string;
  readonly key: Key | undefined;
  readonly text: string;
}

/** What survives the process: rows that were prepared, and rows that were committed, by sink. */
export class Outside {
  readonly committed: Map<string, Row[]> = new Map();
  readonly #prepared = new Map<string, Row[]>();

  prepare(token: string, rows: Row[]): void {
    this.#prepared.set(token, rows);
  }

  /** Idempotent, as a real sink's is. */
  commit(sink: string, token: string): void {
    const rows = this.#prepared.get(token);
    this.#prepared.delete(token);
    if (rows === undefined) return;
    this.committed.set(sink, [...(this.committed.get(sink) ?? []), ...rows]);
  }

  /** What was prepared by a life that is over, and not committed. */
  forget(sink: string): void {
    for (const token of this.#prepared.keys()) if (token.startsWith(`${sink} `)) this.#prepared.delete(token);
  }
}

function rowsSink(name: string, outside: Outside): Sink<unknown> {
  return {
    kind: 'rows',
    id: name,
    delivery: 'twoPhase',
    open({ committed }) {
      for (const token of committed) outside.commit(name, token);
      outside.forget(name);
      let rows: Row[] = [];
      return {
        write(chunk) {
          for (const [i, value] of chunk.values.entries()) {
            const record: RecordInfo = new OwnRecord(chunk, i);
            rows.push({ id: record.id, key: record.key as Key | undefined, text: `${JSON.stringify(value)} at ${record.eventTime}` });
          }
        },
        async prepare(n) {
          const token = `${name} ${n}`;
          outside.prepare(token, rows);
          rows = [];
          return token;
        },
        commit(tokens) {
          for (const token of tokens) outside.commit(name, token);
        },
        close(error) {
          // A run without checkpoints commits at its end.
          if (error === undefined) outside.committed.set(name, [...(outside.committed.get(name) ?? []), ...rows]);
        },
      };
    },
  };
}

/** Whole numbers in partitions, read again from anywhere; each read waits a turn, so that things happen in between. */
function numbers(records: number, perRead: number, partitions: readonly string[]): Source<Item> {
  return {
    kind: 'numbers',
    id: 'numbers',
    replay: true,
    partitions: () => partitions,
    open(partition, resume, { world }) {
      let at = typeof resume === 'number' ? resume : 0;
      return {
        async read(limit) {
          await new Promise<void>((go) => world.scheduler.soon(go));
          const first = at;
          at = Math.min(records, at + Math.min(limit, perRead));
          const values = Array.from({ length: at - first }, (_, i): Item => {
            const n = (first + i) * 7 + (partition === 'a' ? 1 : 4);
            return { n: n % 997, at: (first + i) * 10 + ((n * 13) % 40), from: String(partition) };
          });
          return { values, positions: { first }, resume: at, end: at === records };
        },
        close() {},
      };
    },
  };
}

interface Item {
  readonly n: number;
  readonly at: number;
  readonly from: string;
}

/**
 * A random pipeline by its seed, always with the same functions: two partitions, at least two exchanges, two keyed
 * operators, a fan-out with a merge, a side output, dead letters, and an asynchronous step. Keys get finer on the way
 * and nothing remembers behind the merge, so what an operator sees of one key has one order wherever it runs.
 */
export function lively(seed: number, outside: Outside): Pipeline {
  const { draw, chance } = dice(`lively ${seed}`);
  const plan = pipeline(`lively-${seed}`, { onError: 'deadLetter' });
  const source = plan.from(numbers(60, 8, ['a', 'b']));
  let first: Stream<Item> = source.eventTime((item) => item.at, { disorder: draw(3) * 10 });
  if (chance(0.3)) first = first.filter((item) => item.from === 'a');
  if (chance(0.4)) first = first.map((item) => ({ ...item, n: item.n + 1 }));
  if (chance(0.4)) first = first.flatMap((item) => (item.n % 3 === 0 ? [item, { ...item, n: item.n + 500 }] : [item]));
  if (chance(0.3)) first = first.buffer({ items: 4 + draw(40) });
  if (chance(0.3)) first = late(first, draw(3));

  const modulo = 2 + draw(6);
  const byKey = first.keyBy((item): Key => (modulo % 2 === 0 ? `k${item.n % modulo}${item.from}` : [item.n % modulo, item.from]));
  const summed = keyedOperator(byKey, 'first', draw(5)).map((value) =>
    number(value) % 17 === 3 ? fail('seventeen and three') : { n: number(value) },
  );
  const finer = late(summed, draw(3)).keyBy((value, record) => [JSON.stringify(record.key), value.n % 3]);
  let second: Stream<Plain> = keyedOperator(finer, 'second', draw(5)).map((value) => ({ n: number(value) }));
  // It limits nothing and gathers everything.
  if (chance(0.3)) second = second.rateLimit({ records: 1_000_000, per: '1s' });

  const { hot, cold } = second.split({ hot: (value) => value.n % 4 === 0, cold: (value) => value.n % 4 !== 1 });
  hot.map((value) => value.n).to(rowsSink('side', outside));
  const left = chance(0.5) ? cold.filter((value) => value.n % 2 === 0) : late(cold, draw(3));
  const right = chance(0.5) ? cold.flatMap((value) => [value.n, value.n + 1]) : cold.map((value) => [value.n, 'r']);
  left.merge(right).to(rowsSink('merged', outside));
  second.to(rowsSink('straight', outside));
  plan
    .deadLetters()
    .map(({ id, operator, error }) => ({ id, operator, what: error.what }))
    .to(rowsSink('letters', outside));
  if (chance(0.4)) pairs(plan, outside, draw);
  return plan;
}

/** Joins of two streams that come from one source in different ways; no record of it is late. Records of one key are of one partition. */
function pairs(plan: Pipeline, outside: Outside, draw: (below: number) => number): void {
  const source = plan.from(numbers(40, 8, ['a', 'b']), { name: 'more' }).eventTime((item) => item.at, { disorder: 40 });
  const left = source.filter((item) => item.n % 2 === 0).keyBy((item): Key => [item.n % 5, item.from]);
  const right = source.map((item) => ({ ...item, n: item.n + 1 })).keyBy((item): Key => [item.n % 5, item.from]);
  const kind = (['inner', 'left', 'full'] as const)[draw(3)]!;
  const within = { before: draw(4) * 20, after: draw(4) * 20 };
  const pair = (one: Item | undefined, other: Item | undefined): unknown => [one?.n, other?.n];
  left.join('pairs', right, pair, { within, kind }).to(rowsSink('pairs', outside));
  const visits = right.process(
    'visits',
    {
      cells: { seen: cell(() => '') },
      onRecord(item, { cells, timers, time }) {
        cells.seen.update((seen) => `${seen} ${item.n}`);
        timers.set('over', time + 15);
      },
      onTimer(_timer, { cells, forget }) {
        const { seen } = cells;
        const visit = seen.get();
        forget();
        return [visit];
      },
    },
    { order: 'eventTime' },
  );
  visits.to(rowsSink('visits', outside));
  left.joinAsOf('as-of', right, pair, { kind: draw(2) === 0 ? 'inner' : 'left' }).to(rowsSink('as-of', outside));
}

/** Sinks whose records of one key have come one way. */
export const ONE_PATH: ReadonlySet<string> = new Set(['side', 'straight']);

/** A random pipeline that has one answer, byte for byte, as long as each of its stages has one copy. */
export function calm(seed: number, outside: Outside): Pipeline {
  const { draw, chance } = dice(`calm ${seed}`);
  const plan = pipeline(`calm-${seed}`, { onError: 'skip' });
  let first: Stream<Item> = plan.from(numbers(80, 8, ['a'])).eventTime((item) => item.at, { disorder: draw(3) * 10 });
  if (chance(0.5)) first = first.flatMap((item) => (item.n % 3 === 0 ? [item, { ...item, n: item.n + 500 }] : [item]));
  const rest = draw(5);
  if (chance(0.5)) first = first.filter((item) => item.n % 5 !== rest);
  if (chance(0.5))
    first = first.scan(
      'before',
      () => ({ n: 0, at: 0, from: '' }),
      (state, item) => ({ ...item, n: (state.n + item.n) % 997 }),
    );
  const modulo = 2 + draw(6);
  const byKey = first.keyBy((item): Key => item.n % modulo);
  const summed = keyedOperator(byKey, 'first', draw(5)).map((value) => ({ n: number(value) }));
  const waited = chance(0.7) ? late(summed, 0) : summed;
  const again = keyedOperator(
    waited.keyBy((value): Key => `${value.n % 3}`),
    'second',
    draw(5),
  ).map((value) => ({ n: number(value) }));
  const all = again.scan(
    'all',
    () => ({ n: 0 }),
    (state, value) => ({ n: (state.n * 3 + value.n) % 99991 }),
  );
  all.to(rowsSink('all', outside));
  again.filter((value) => value.n % 2 === 0).to(rowsSink('even', outside));
  return plan;
}

/** A random pipeline with a part on threads: without keys its records come back in order, with keys each key's do. */
export function busy(seed: number, outside: Outside): Pipeline {
  const { draw, chance } = dice(`busy ${seed}`);
  const plan = pipeline(`busy-${seed}`, { onError: chance(0.5) ? 'skip' : 'deadLetter' });
  const source = plan.from(numbers(600, 40, ['a']));
  const times = 1 + draw(9);
  const bad = draw(50);
  const work = (stream: Stream<Item>): Stream<Plain> =>
    stream
      .map((item) => (item.n % 50 === bad ? fail('bad luck') : { ...item, n: (item.n * times) % 9973 }))
      .filter((item) => item.n % 7 !== 0)
      .flatMap((item) => (item.n % 5 === 0 ? [{ n: item.n }, { n: -1 }] : [{ n: item.n }]));
  const isKeyed = chance(0.5);
  const done = isKeyed
    ? source.keyBy((item): Key => item.n % 5).onWorkers('work', 2, (stream) => work(stream as Stream<Item>))
    : source.onWorkers('work', 2, work);
  const summed = isKeyed
    ? (done as KeyedStream<Key, Plain>).scan(
        'sum',
        () => 0,
        (sum, { n }) => (sum * 3 + n) % 99991,
      )
    : done.scan(
        'sum',
        () => 0,
        (sum, { n }) => (sum * 3 + n) % 99991,
      );
  summed.to(rowsSink('straight', outside));
  plan
    .deadLetters()
    .map(({ id, error }) => ({ id, what: error.what }))
    .to(rowsSink('letters', outside));
  return plan;
}

function dice(seed: string): { draw(below: number): number; chance(one: number): boolean } {
  const random = new SeededRandom(seed);
  return { draw: (below) => Math.floor(random.next() * below), chance: (one) => random.next() < one };
}

interface Plain {
  readonly n: number;
}

function keyedOperator<T extends Plain>(keyed: KeyedStream<Key, T>, name: string, which: number): Stream<unknown> {
  if (which === 0)
    return keyed.scan(
      name,
      () => 0,
      (state, item) => (state * 2 + item.n) % 99991,
    );
  if (which === 1)
    return keyed.scan(
      name,
      (): { seen: number[] } => ({ seen: [] }),
      (state, item) => ({ seen: [...state.seen, item.n].slice(-5) }),
    );
  if (which === 2) return keyed.statistics(name, (item) => item.n);
  if (which === 3) return timed(keyed, name);
  return keyed.window(name, tumblingCount(3)).aggregate({ n: count(), total: sum((item: T) => item.n) });
}

/**
 * Each record sets a timer, to a time that has not come when it does, whatever the disorder; all that is emitted comes from
 * timers. So the answer does not depend on how far the watermark goes at a time.
 */
function timed<T extends Plain>(keyed: KeyedStream<Key, T>, name: string): Stream<unknown> {
  return keyed.process(name, {
    cells: { fold: cell(() => 0), last: listCell<number>({ newest: 3 }), by: mapCell<string, number>() },
    onRecord(item, { cells, timers, time, record }) {
      cells.by.set(record.id, item.n);
      timers.set(record.id, time + 50);
    },
    onTimer({ name: id, at }, { cells }) {
      cells.last.push(cells.by.get(id) ?? -1);
      cells.by.delete(id);
      cells.fold.update((fold) => (fold * 3 + at + cells.last.values().reduce((all, n) => all + n, 0)) % 99991);
      return [cells.fold.get()];
    },
  });
}

/** An asynchronous step; what it waits for is decided by the value, so every run waits alike. */
function late<T extends Plain>(stream: Stream<T>, which: number): Stream<T> {
  const turns = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await new Promise<void>((go) => setImmediate(go));
  };
  if (which === 2) {
    const many = async (items: readonly T[]): Promise<T[]> => {
      await turns(items[0]!.n % 3);
      return [...items];
    };
    // A table elsewhere: as old as an answer may be, it is the same.
    const find = async (rests: readonly number[]): Promise<number[]> => {
      await turns(rests[0]! % 3);
      return rests.map((rest) => rest + 1);
    };
    const looked = stream
      .mapBatch(many, { max: 4, within: 1, concurrency: 3 })
      .enrich({ by: (item) => item.n % 7, find }, (item, found): Plain => ({ ...item, n: item.n + (found ?? 1000) }), {
        max: 2,
        cache: { for: '1s', items: 4 },
      });
    return looked as Stream<unknown> as Stream<T>;
  }
  const one = async (item: T): Promise<T> => {
    await turns(item.n % 4);
    return item;
  };
  return stream.mapAsync(one, { concurrency: 8, order: which === 0 ? 'input' : 'key' }) as Stream<T>;
}

/** Any value as a small whole number. */
function number(value: unknown): number {
  if (typeof value === 'number') return Math.abs(Math.trunc(value)) % 9973;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let total = 1;
  for (const part of Object.values(value)) total = (total * 3 + number(part)) % 9973;
  return total;
}
