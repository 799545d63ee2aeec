import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { HeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import { enrich, type EnrichOptions } from './enrich.ts';
import { type EnrichRig, enrichRig, Table, watchedRig } from './enrich-rig.ts';
import { chunkOf, numbers } from './station-rig.ts';

const codeOf = (error: unknown) => (error instanceof HeadraceError ? error.code : (error as Error).message);

test('a thousand records of one key in one chunk are one question, and each gets the answer in its place', async () => {
  const table = new Table();
  const rig = enrichRig(table, () => 'ann');
  await rig.feed(chunkOf(numbers(1000)));
  await rig.finish();
  expect(table.calls).toEqual([['ann']]);
  expect(rig.values).toEqual(numbers(1000).map((n) => `${n}<ann>`));
  expect(rig.ids).toEqual(numbers(1000).map((n) => `s/0/${n}`));
  expect(rig.cache).toMatchObject({ hits: 0, misses: 1, shared: 999, items: 0, waiting: 0 });
});

test('keys of one chunk are asked for together, max at a time, and a key keeps nobody waiting who comes later', async () => {
  const table = new Table();
  const rig = enrichRig(table, (n) => n % 5, { max: 2, concurrency: 2 });
  rig.give(chunkOf(numbers(20)));
  expect(table.calls).toEqual([
    [0, 1],
    [2, 3],
  ]);
  await rig.clock.advance(10);
  expect(table.calls.slice(2)).toEqual([[4]]);
  await rig.finish();
  expect(rig.values).toEqual(numbers(20).map((n) => `${n}<${n % 5}>`));
});

test('within a time, keys of later chunks join the call', async () => {
  const table = new Table();
  const rig = enrichRig(table, (n) => n, { within: '20ms' });
  rig.give(chunkOf([1]));
  await rig.clock.advance(15);
  rig.give(chunkOf([2], { first: 1 }));
  expect(table.calls).toEqual([]);
  await rig.clock.advance(5);
  expect(table.calls).toEqual([[1, 2]]);
  await rig.finish();
});

test('a find that answers at once keeps nobody waiting, and its answers leave in the same call', () => {
  const table = new Table();
  const calls: (readonly Key[])[] = [];
  const find = (keys: readonly Key[]) => (calls.push(keys), keys.map((key) => Number(key) * 10));
  const rig = watchedRig(
    enrich({ by: (n: number) => n % 3, find }, (n, found) => `${n}:${found}`, { max: 2, concurrency: 1, cache: { for: '1m' } }),
    table,
  );
  rig.give(chunkOf([0, 1, 2, 3, 4]));
  rig.give(chunkOf([5, 6], { first: 5 }));
  expect(rig.values).toEqual(['0:0', '1:10', '2:20', '3:0', '4:10', '5:20', '6:0']);
  expect([calls, rig.held, rig.cache.hits]).toEqual([[[0, 1], [2]], 0, 2]);
});

test('while a key is under way, records of later chunks wait for the same call', async () => {
  const table = new Table();
  const rig = enrichRig(table, () => 'ann', { concurrency: 3 });
  for (const n of [0, 1, 2]) {
    rig.give(chunkOf([n], { first: n }));
    await rig.clock.advance(3);
  }
  await rig.finish();
  expect([table.calls, rig.values]).toEqual([[['ann']], ['0<ann>', '1<ann>', '2<ann>']]);
});

test('a call that fails refuses everybody who waits for its keys, is not kept, and the next record asks again', async () => {
  let isDown = true;
  const table = new Table(10, (key) => {
    if (isDown) throw new Error('down');
    return `<${String(key)}>`;
  });
  const rig = enrichRig(table, (n) => (n < 4 ? 'ann' : 'bob'), { cache: { for: '1h' } });
  rig.give(chunkOf([0, 1, 5]));
  await rig.clock.advance(5);
  rig.give(chunkOf([2], { first: 3 }));
  await rig.clock.advance(5);
  expect(rig.refused.map(({ id, error }) => [id, codeOf(error)])).toEqual(['s/0/0', 's/0/1', 's/0/2', 's/0/3'].map((id) => [id, 'down']));
  isDown = false;
  rig.give(chunkOf([3], { first: 4 }));
  await rig.finish();
  expect([table.calls, rig.values]).toEqual([[['ann', 'bob'], ['ann']], ['3<ann>']]);
  expect([rig.cache.misses, rig.cache.shared]).toEqual([3, 2]);
});

test('a call is repeated as mapBatch repeats it, and its records wait through that; a time-out is the failure of all of them', async () => {
  let calls = 0;
  const table = new Table(10, (key) => {
    if (++calls === 1) throw new Error('shaky');
    return `<${String(key)}>`;
  });
  const again = enrichRig(table, () => 'ann', { retry: 1 });
  await again.feed(chunkOf([0, 1]));
  await again.finish();
  expect([table.calls.length, again.values]).toEqual([2, ['0<ann>', '1<ann>']]);
  const slow = new Table(60_000);
  const rig = enrichRig(slow, () => 'ann', { timeout: '1s' });
  await rig.feed(chunkOf([0, 1]));
  await rig.finish();
  expect(rig.refused.map(({ error }) => codeOf(error))).toEqual(['HR_CALL_TIMEOUT', 'HR_CALL_TIMEOUT']);
});

test('with isolate only the bad key is refused, with all that wait for it', async () => {
  const table = new Table(1, (key) => {
    if (key === 3) throw new Error('three');
    return 'ok';
  });
  const rig = enrichRig(table, (n) => n % 8, { isolate: true, concurrency: 1 });
  await rig.feed(chunkOf(numbers(16)));
  await rig.finish();
  expect(rig.refused.map(({ value }) => value)).toEqual([3, 11]);
  expect(rig.values).toHaveLength(14);
});

test('a key may be refused alone; an answer of the wrong length and a list of promises are refused as a whole', async () => {
  const picky = new Table(0, (key) => (key === 1 ? fail('one') : 'ok'));
  const rig = enrichRig(picky, (n) => n % 2, { cache: { for: '1h' } });
  await rig.feed(chunkOf(numbers(4)));
  await rig.clock.settle();
  await rig.feed(chunkOf([5], { first: 4 }));
  await rig.finish();
  expect(rig.refused.map(({ value }) => value)).toEqual([1, 3, 5]);
  // What was refused was not kept: it was asked for again.
  expect(picky.calls).toEqual([[0, 1], [1]]);
  for (const [answer, code] of [
    [[], 'HR_BATCH_LENGTH'],
    [new Map(), 'HR_BATCH_LENGTH'],
    [[Promise.reject(new Error('no'))], 'HR_PROMISE_NOT_ALLOWED'],
  ] as const) {
    const table = new Table();
    const wrong = watchedRig(
      enrich({ by: () => 'ann', find: async () => answer as never }, (n: number) => `${n}`),
      table,
    );
    await wrong.feed(chunkOf([0]));
    await wrong.finish();
    expect(wrong.refused.map(({ error }) => codeOf(error))).toEqual([code]);
    expect((wrong.refused[0]!.error as Error).message).toContain('enrich');
  }
});

test('what fails at one record, its key or what is made of its answer, is refused alone', async () => {
  const table = new Table(0);
  const made: number[] = [];
  const operator = enrich(
    {
      by(n: number): Key {
        if (n === 1) throw new Error('no key');
        return n === 2 ? ({} as never) : n === 3 ? Number.NaN : 'ann';
      },
      find: table.find,
    },
    (n, found) => {
      made.push(n);
      if (n === 4) throw new Error('no use');
      return n === 5 ? (fail('not five') as never) : n === 6 ? (Promise.reject(new Error('late')) as never) : `${n}${found}`;
    },
  );
  const rig = watchedRig(operator, table);
  await rig.feed(chunkOf(numbers(8)));
  await rig.finish();
  expect(rig.refused.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(rig.refused.slice(1, 3).map(({ error }) => codeOf(error))).toEqual(['HR_KEY_INVALID', 'HR_KEY_INVALID']);
  expect(codeOf(rig.refused[5]!.error)).toBe('HR_PROMISE_NOT_ALLOWED');
  expect(rig.values).toEqual(['0<ann>', '7<ann>']);
});

test('it holds no more records than it has slots for, and takes no chunk while some of the last are outside', async () => {
  const table = new Table(50);
  const rig = enrichRig(table, (n) => n, { max: 10, concurrency: 1 });
  let given = 0;
  while (!rig.station.isFull) rig.give(chunkOf(numbers(1024), { first: 1024 * given++ }));
  expect(given).toBe(5);
  expect(rig.held).toBe(5 * 1024);
  expect(rig.cache.waiting).toBe(1024);
  rig.abort();
});

test('an abort tells the call, forgets everything at once, and ignores what it answers later', async () => {
  const table = new Table(50);
  let told = false;
  const find = (keys: readonly Key[], signal: AbortSignal) => {
    signal.addEventListener('abort', () => (told = true));
    return table.find(keys);
  };
  const rig = watchedRig(
    enrich({ by: (n: number) => n, find }, (n, found) => `${n}${found}`, { cache: { for: '1h' } }),
    table,
  );
  rig.give(chunkOf([1]));
  await rig.clock.advance(50);
  rig.give(chunkOf([2, 2, 1], { first: 1 }));
  rig.abort();
  expect([told, rig.cache.items, rig.cache.bytes, rig.cache.waiting]).toEqual([true, 0, 0, 0]);
  await rig.clock.advance(100);
  expect(rig.values).toEqual(['1<1>']);
});

test('the user’s functions may end the run from within', async () => {
  for (const at of ['by', 'find', 'fn'] as const) {
    const table = new Table(5);
    const end = (here: string): void => {
      if (here === at) rig.station.abort(new Error('enough'));
    };
    const operator = enrich(
      { by: (n: number) => (n === 1 && end('by'), n), find: (keys: readonly Key[]) => (end('find'), table.find(keys)) },
      (n, found) => (end('fn'), `${n}${found}`),
    );
    const rig: EnrichRig = watchedRig(operator, table);
    rig.give(chunkOf(numbers(3)));
    await rig.clock.advance(100);
    expect([rig.values, rig.held, rig.station.isDone]).toEqual([[], 0, true]);
  }
});

test('where a refused record stops the run, what stands before it leaves, and nothing else does', async () => {
  const table = new Table(10, (key) => (key === 3 ? fail('three') : 'ok'));
  const rig = enrichRig(table, (n) => n, { max: 2 }, { stopsAt: () => true });
  await rig.feed(chunkOf(numbers(9)));
  await rig.finish();
  expect([rig.values, rig.refused.map(({ value }) => value)]).toEqual([['0ok', '1ok', '2ok'], [3]]);
});

test('records without an answer are pending, also those that share a key; what is kept of answers is in no capture', async () => {
  const table = new Table(10);
  const options: EnrichOptions = { cache: { for: '1h' } };
  const keys = new InternedKeys();
  const rig = enrichRig(table, (n) => n % 2, options, { keys });
  await rig.feed(chunkOf([0]));
  await rig.clock.advance(10);
  rig.give(chunkOf([1, 2, 3], { first: 1 })); // 2 has its answer and waits for its turn.
  const snapshot = rig.snapshot();
  expect(rig.station.pending!().flatMap(({ values }) => values)).toEqual([1, 2, 3]);
  const next = new Table(10);
  const restored = enrichRig(next, (n) => n % 2, options, { keys: new InternedKeys(), restored: snapshot });
  await restored.finish();
  expect([next.calls, restored.values]).toEqual([[[1, 0]], ['1<1>', '2<0>', '3<1>']]);
});

test('a barrier sends keys on their way that would wait for company, and keeps its place', async () => {
  const table = new Table(10);
  const rig = enrichRig(table, (n) => n, { within: '1h' });
  await rig.feed(chunkOf([1, 2], { control: { barrier: 7 } }), chunkOf([3], { first: 2 }));
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control?.barrier])).toEqual([
    [['1<1>', '2<2>'], 7],
    [['3<3>'], undefined],
  ]);
});
