import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import type { RecordInfo } from '../core/chunk.ts';
import { fail, type Failure } from '../core/failure.ts';
import { type AsyncFn, mapAsync, type MapAsyncOptions } from './map-async.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

function rigOf<T, U>(fn: AsyncFn<T, U>, options: MapAsyncOptions = {}, rig: RigOptions = {}): StationRig<T, Exclude<U, Failure>> {
  return new StationRig(mapAsync(fn, options), rig);
}

const slowFirst = (n: number) => (n === 0 ? 100 : 1);

test('answers leave in the order of the input, also when the first takes longest', async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n * 10), { concurrency: 3 });
  await rig.feed(chunkOf(numbers(5)));
  await rig.finish();
  expect(rig.values).toEqual([0, 10, 20, 30, 40]);
  expect(rig.ids).toEqual(['s/0/0', 's/0/1', 's/0/2', 's/0/3', 's/0/4']);
});

test("with order 'completion' the one that is done first leaves first, with its own identity", async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n), {
    concurrency: 3,
    order: 'completion',
  });
  await rig.feed(...chunksOf(numbers(5), 2));
  await rig.finish();
  expect(rig.values).toEqual([1, 2, 3, 4, 0]);
  expect(rig.ids).toEqual(['s/0/1', 's/0/2', 's/0/3', 's/0/4', 's/0/0']);
});

test("with order 'key' only the records of one key wait for each other", async () => {
  const table = new InternedKeys();
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n), {
    concurrency: 6,
    order: 'key',
  });
  await rig.feed(...chunksOf(numbers(6), 3, { table, key: (n) => (n % 2 === 0 ? 'even' : 'odd') }));
  await rig.finish();
  expect(rig.values).toEqual([1, 3, 5, 0, 2, 4]);
  const keys = rig.emitted.flatMap((chunk) => chunk.values.map((_, i) => chunk.keys!.keyAt(chunk.keyIds![i]!)));
  expect(keys).toEqual(['odd', 'odd', 'odd', 'even', 'even', 'even']);
});

test("with order 'key' a stream without keys keeps the order of the input", async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n), { order: 'key' });
  await rig.feed(chunkOf(numbers(6)));
  await rig.finish();
  expect(rig.values).toEqual(numbers(6));
});

test('a key has one id also when streams that were keyed apart were merged', async () => {
  const [one, two] = [new InternedKeys(), new InternedKeys()];
  one.idOf('a');
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n), { order: 'key' });
  const b = (first: number, table: InternedKeys) => chunkOf([first], { first, keys: table, keyIds: Int32Array.of(table.idOf('b')) });
  await rig.feed(b(0, one), b(1, two), b(2, one));
  await rig.finish();
  expect(rig.values).toEqual([0, 1, 2]);
});

test('answers that come at once leave in one chunk that shares the origin of theirs', async () => {
  const rig = rigOf((n: number) => n + 1);
  const chunk = chunkOf(numbers(5));
  rig.give(chunk);
  expect(rig.emitted.map(({ values }) => values)).toEqual([[1, 2, 3, 4, 5]]);
  expect(rig.emitted[0]!.origin).toBe(chunk.origin);
  await rig.finish();
});

test('everything that was answered in one turn leaves in one chunk', async () => {
  const rig = rigOf(async (n: number) => n, { concurrency: 16 });
  await rig.feed(chunkOf(numbers(1000)));
  await rig.finish();
  expect(rig.emitted.map(({ values }) => values.length)).toEqual([1000]);
  expect(rig.values).toEqual(numbers(1000));
});

test('no more than concurrency calls are under way at any time', async () => {
  let active = 0;
  let most = 0;
  const rig: StationRig<number, number> = rigOf(
    async (n: number) => {
      most = Math.max(most, ++active);
      await rig.later(1 + (n % 3), n);
      active--;
      return n;
    },
    { concurrency: 4 },
  );
  await rig.feed(...chunksOf(numbers(100), 7));
  await rig.finish();
  expect(most).toBe(4);
  expect(rig.values).toEqual(numbers(100));
});

test('behind a call that never settles at most 1,024 records are worked on, then nothing is taken in', async () => {
  let calls = 0;
  const rig = rigOf((n: number) => (calls++, n === 0 ? new Promise<number>(() => {}) : n), { concurrency: 4 });
  rig.give(chunkOf(numbers(1000)));
  rig.give(chunkOf(numbers(1000)));
  await rig.clock.advance(1000);
  expect(calls).toBe(1024);
  expect(rig.station.isFull).toBe(true);
  expect(rig.held).toBe(2000);
  rig.abort();
});

test('the record a call is given stays valid until it is done', async () => {
  const rig: StationRig<string, string> = rigOf(async (text: string, record: RecordInfo) => {
    await rig.later(10, 0);
    return `${text} ${record.id} ${record.eventTime} ${String(record.key)} ${record.source} ${record.partition} ${record.position}`;
  });
  const keys = new InternedKeys();
  await rig.feed(
    chunkOf(['a'], { first: 7, keys, keyIds: Int32Array.of(keys.idOf('k')) }),
    chunkOf(['b'], { first: 9, source: 't', partition: '3' }),
  );
  await rig.finish();
  expect(rig.values).toEqual(['a s/0/7 7 k s 0 7', 'b t/3/9 9 undefined t 3 9']);
});

test('an answer behind a full round of slots leaves in its place, with its own identity', async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => (n % 7 === 0 ? rig.later(n % 3, n) : Promise.resolve(n)), {
    concurrency: 300,
  });
  await rig.feed(...chunksOf(numbers(3000), 700));
  await rig.finish();
  expect(rig.values).toEqual(numbers(3000));
  expect(rig.ids).toEqual(numbers(3000).map((n) => `s/0/${n}`));
});

test('a refused record, a throw and a rejection are refused where they stand, and their neighbours go on', async () => {
  const rig = rigOf((n: number) => {
    if (n === 1) return fail('odd one');
    if (n === 2) throw new Error('thrown');
    if (n === 3) return Promise.reject(new Error('rejected'));
    if (n === 4) return Promise.resolve(fail('late'));
    return n;
  });
  await rig.feed(chunkOf(numbers(6)));
  await rig.finish();
  expect(rig.values).toEqual([0, 5]);
  expect(rig.ids).toEqual(['s/0/0', 's/0/5']);
  expect(rig.refused.map(({ value, error }) => [value, error instanceof Error ? error.message : error])).toEqual([
    [1, fail('odd one')],
    [2, 'thrown'],
    [3, 'rejected'],
    [4, fail('late')],
  ]);
});

test('when the host stops at a record, everything before it leaves, nothing after it, and calls under way are told', async () => {
  const signals: AbortSignal[] = [];
  const rig: StationRig<number, number> = rigOf(
    (n: number, _record, signal) => {
      signals.push(signal);
      if (n === 5) return rig.later(1, 0).then(() => Promise.reject(new Error('five')));
      return n === 6 ? new Promise<number>(() => {}) : rig.later(n < 5 ? 50 : 2, n);
    },
    { concurrency: 8 },
    { stopsAt: () => true },
  );
  await rig.feed(chunkOf(numbers(20)));
  await rig.finish();
  expect(rig.values).toEqual([0, 1, 2, 3, 4]);
  expect(rig.refused).toHaveLength(1);
  expect(signals[6]!.aborted).toBe(true);
  expect(rig.station.isDone).toBe(true);
});

test('a synchronous failure stops before the next record is even tried', async () => {
  const tried: number[] = [];
  const rig = rigOf((n: number) => (tried.push(n), n === 2 ? fail('no') : n), {}, { stopsAt: () => true });
  rig.give(chunkOf(numbers(10)));
  expect(tried).toEqual([0, 1, 2]);
  expect(rig.values).toEqual([0, 1]);
  expect(rig.station.isDone).toBe(true);
});

test('a watermark waits for the records before it, and keeps its exact place in the order of the input', async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n));
  await rig.feed(chunkOf([0, 1], { control: { watermark: 10 } }), chunkOf([2], { first: 2 }), chunkOf([], { control: { watermark: 20 } }));
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control?.watermark])).toEqual([
    [[0, 1], 10],
    [[2], 20],
  ]);
});

test('a barrier lets no record overtake it, whatever the order', async () => {
  for (const order of ['input', 'key', 'completion'] as const) {
    const rig: StationRig<number, number> = rigOf((n: number) => rig.later(slowFirst(n), n), { order });
    await rig.feed(chunkOf([0, 1], { control: { barrier: 1 } }), chunkOf([2, 3], { first: 2 }));
    await rig.finish();
    const at = rig.emitted.findIndex(({ control }) => control?.barrier === 1);
    expect(new Set(rig.emitted.slice(0, at + 1).flatMap(({ values }) => values))).toEqual(new Set([0, 1]));
    expect(rig.values).toHaveLength(4);
  }
});

test("with order 'completion' watermarks behind a call that hangs stay few, and come once it is done", async () => {
  let release = (_n: number): void => {};
  const rig = rigOf((n: number) => (n === 0 ? new Promise<number>((resolve) => (release = resolve)) : n), {
    order: 'completion',
    concurrency: 2,
  });
  for (const n of numbers(2000)) await rig.feed(chunkOf([n], { first: n, control: { watermark: n } }));
  expect(rig.values).toHaveLength(1999);
  expect(rig.emitted.every(({ control }) => control === undefined)).toBe(true);
  release(0);
  await rig.finish();
  expect(rig.emitted.at(-1)!.control?.watermark).toBe(1999);
});

test('impossible options are refused by name', () => {
  expect(() => mapAsync((n: number) => n, { concurrency: 0 })).toThrow('mapAsync concurrency');
  expect(() => mapAsync((n: number) => n, { retry: -1 })).toThrow('mapAsync retry');
  expect(() => mapAsync((n: number) => n, { timeout: 'soon' as '1s' })).toThrow('mapAsync timeout');
});

// What a record's attempts do: answer at once or later, refuse, throw, reject or never settle.
const attempt = fc.record({
  how: fc.constantFrom('value', 'value', 'value', 'later', 'later', 'later', 'fail', 'failLater', 'throw', 'reject', 'never'),
  // Those beyond the time-out of 31 ms answer when nobody waits for them any more.
  ms: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(40, 60)),
});
const script = fc.array(fc.array(attempt, { minLength: 1, maxLength: 4 }), { maxLength: 60 });

/** The oracle: what becomes of one record, whatever the others do. */
function outcomeOf(attempts: readonly { readonly how: string; readonly ms: number }[], retry: number): 'value' | 'refused' {
  for (let i = 0; i <= retry; i++) {
    const { how, ms } = attempts[Math.min(i, attempts.length - 1)]!;
    if ((how === 'later' || how === 'failLater') && ms > 31) continue;
    if (how === 'value' || how === 'later') return 'value';
    if (how === 'fail' || how === 'failLater') return 'refused';
  }
  return 'refused';
}

test('whatever calls do and whenever the way down is closed, each record has its one outcome, in order', async () => {
  const order = fc.constantFrom('input' as const, 'key' as const, 'completion' as const);
  const pauses = fc.array(fc.constantFrom(0, 0, 0, 1, 20), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      script,
      order,
      fc.constantFrom(1, 2, 16),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(1, 7, 1024),
      fc.constantFrom(1, 5, 1024),
      pauses,
      fc.boolean(),
      async (records, order, concurrency, retry, size, chunkLimit, pauses, stops) => {
        const tries = records.map(() => 0);
        let emits = 0;
        const rig: StationRig<number, number> = new StationRig(
          mapAsync(
            (n: number) => {
              const attempts = records[n]!;
              const { how, ms } = attempts[Math.min(tries[n]!++, attempts.length - 1)]!;
              const wait = () => rig.later(ms, n);
              if (how === 'value') return n;
              if (how === 'fail') return fail('no');
              if (how === 'throw') throw new Error('thrown');
              if (how === 'never') return new Promise<number>(() => {});
              if (how === 'later') return wait();
              if (how === 'failLater') return wait().then(() => fail('no'));
              return wait().then(() => Promise.reject(new Error('rejected')));
            },
            { concurrency, order, retry, timeout: 31 },
          ),
          {
            chunkLimit,
            closesFor: () => pauses[emits++ % pauses.length]!,
            closesAfterRefusalFor: () => pauses[emits++ % pauses.length]!,
            stopsAt: () => stops,
          },
        );
        const table = new InternedKeys();
        const keyOf = (n: number) => `k${n % 3}`;
        const input = numbers(records.length);
        await rig.feed(...chunksOf(input, size, { table, key: keyOf }));
        await rig.finish();

        const good = input.filter((n) => outcomeOf(records[n]!, retry) === 'value');
        const bad = input.filter((n) => outcomeOf(records[n]!, retry) === 'refused');
        const sorted = (all: readonly number[]) => [...all].sort((a, b) => a - b);
        expect(rig.ids).toEqual(rig.values.map((n) => `s/0/${n}`));
        const refused = rig.refused.map(({ value }) => value as number);
        if (stops && bad.length > 0) {
          expect(refused).toHaveLength(1);
          expect(bad).toContain(refused[0]);
          if (order === 'input') expect([refused[0], rig.values]).toEqual([bad[0], good.filter((n) => n < bad[0]!)]);
          if (order === 'key') {
            const before = (n: number) => n < refused[0]!;
            const ofKey = (n: number) => keyOf(n) === keyOf(refused[0]!);
            expect(rig.values.filter(ofKey)).toEqual(good.filter(ofKey).filter(before));
          }
          return;
        }
        expect(sorted(rig.values)).toEqual(good);
        expect(sorted(refused)).toEqual(bad);
        if (order === 'input') expect([rig.values, refused]).toEqual([good, bad]);
        if (order === 'key')
          for (const k of ['k0', 'k1', 'k2']) expect(rig.values.filter((n) => keyOf(n) === k)).toEqual(good.filter((n) => keyOf(n) === k));
      },
    ),
    { numRuns: 150 },
  );
});
