import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { collect } from '../connectors/values/collect.ts';
import type { Source } from '../core/source.ts';
import type { ScanOptions } from '../operators/scan.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { embedded } from './embedded.ts';
import { start } from './run.ts';

const DAY = 86_400_000;

/** Reads what is in an array by now, and what is added later. */
function growing(list: readonly string[]): Source<string> {
  return {
    kind: 'growing',
    id: 'growing',
    replay: true,
    partitions: () => [0],
    open(_partition, resume) {
      let next = (resume as number | undefined) ?? 0;
      return {
        async read(limit) {
          const first = next;
          next = Math.min(list.length, first + limit);
          return { values: list.slice(first, next), positions: { first }, resume: next };
        },
        close() {},
      };
    },
  };
}

interface Life<S> {
  readonly initial: () => S;
  readonly fold: (state: S, word: string) => S;
  readonly options?: ScanOptions;
  readonly keyed?: boolean;
}

/** Reads the words that are there, and stops. */
async function live<S>(world: VirtualWorld, words: readonly string[], { initial, fold, options, keyed = true }: Life<S>): Promise<S[]> {
  const out = collect<S>();
  const stream = pipeline('words').from(growing(words));
  const running = await start(
    keyed
      ? stream
          .keyBy((word) => word)
          .scan('seen', initial, fold, options)
          .to(out)
      : stream.scan('seen', initial, fold, options).to(out),
    { runtime: embedded({ world, dir: '/state', checkpointEvery: '1h' }), until: 'caughtUp' },
  );
  await world.until(running.done);
  return [...out.values];
}

const counting = (options?: ScanOptions): Life<number> => ({
  initial: () => 0,
  fold: (n) => n + 1,
  ...(options === undefined ? {} : { options }),
});

const mean: ScanOptions = {
  version: 3,
  migrate: {
    1: (n: number) => ({ n }),
    2: ({ n }: { readonly n: number }) => ({ n, sum: n * 10 }),
  },
};

test('state of an older version goes through all migrations, one by one, and is then kept in the new one', async () => {
  const world = virtualWorld();
  const words = ['a', 'b', 'a'];
  await live(world, words, counting());
  words.push('a');
  const adding: Life<{ n: number; sum: number }> = {
    initial: () => ({ n: 0, sum: 0 }),
    fold: ({ n, sum }) => ({ n: n + 1, sum: sum + 10 }),
    options: mean,
  };
  expect(await live(world, words, adding)).toEqual([{ n: 3, sum: 30 }]);
  words.push('b');
  const { version } = mean as { readonly version: number };
  expect(await live(world, words, { ...adding, options: { version } })).toEqual([{ n: 2, sum: 20 }]);
});

test('the one state of a stream without keys is migrated too', async () => {
  const world = virtualWorld();
  const words = ['a', 'b'];
  await live(world, words, { ...counting(), keyed: false });
  words.push('c');
  const texts: Life<string> = { initial: () => '', fold: (n) => `${n}!`, keyed: false, options: { version: 2, migrate: { 1: String } } };
  expect(await live(world, words, texts)).toEqual(['2!']);
});

test('a missing migration is named, and so is a version that is too old; the folder can be started again after it', async () => {
  const world = virtualWorld();
  const words = ['a'];
  await live(world, words, counting({ version: 2 }));
  await expect(live(world, words, counting({ version: 4, migrate: { 2: (n) => n } }))).rejects.toMatchObject({
    code: 'HR_STATE_VERSION',
    message:
      "the checkpoint keeps this state in version 2, and there is no migration from 3 to 4 ('seen'). Say how the state becomes the next version: { version: 4, migrate: { 3: (old) => … } }.",
  });
  await expect(live(world, words, counting())).rejects.toMatchObject({
    code: 'HR_STATE_VERSION',
    what: /version 2, which is newer than 1/,
  });
  const failing = (): never => {
    throw new Error('what is that?');
  };
  await expect(live(world, words, counting({ version: 3, migrate: { 2: failing } }))).rejects.toMatchObject({
    code: 'HR_STATE_VERSION',
    what: /from version 2 to 3 failed: what is that\?/,
  });
  words.push('a');
  expect(await live(world, words, counting({ version: 2 }))).toEqual([2]);
});

test('options that cannot be meant are refused', () => {
  const stream = pipeline('p').from(growing([]));
  const wrong = (options: ScanOptions) => () =>
    stream.scan(
      'n',
      () => 0,
      (n) => n,
      options,
    );
  for (const options of [{ version: 0 }, { migrate: { 1: String } }, { version: 2, migrate: { 2: String } }, { keep: { for: 0 } }])
    expect(wrong(options)).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});

test.each([true, false])('state that nobody touched for so long is forgotten, also across starts (with keys: %s)', async (keyed) => {
  const world = virtualWorld({ start: 100 * DAY });
  const words = ['a', 'b'];
  const life = { ...counting({ keep: { for: '30d' } }), keyed };
  await live(world, words, life);
  await world.advance(20 * DAY);
  words.push('a');
  expect(await live(world, words, life)).toEqual([keyed ? 2 : 3]);
  await world.advance(29 * DAY);
  words.push('a', 'b');
  expect(await live(world, words, life)).toEqual(keyed ? [3, 1] : [4, 5]);
  await world.advance(30 * DAY);
  words.push('a');
  expect(await live(world, words, life)).toEqual([1]);
});

test('state that was kept without a time counts from the start that gives it one, and goes back to being kept for ever', async () => {
  const world = virtualWorld({ start: 100 * DAY });
  const words = ['a'];
  const dated = counting({ keep: { for: '10d' } });
  await live(world, words, counting());
  await world.advance(50 * DAY);
  words.push('a');
  expect(await live(world, words, dated)).toEqual([2]);
  await world.advance(9 * DAY);
  words.push('a');
  expect(await live(world, words, counting())).toEqual([3]);
  await world.advance(50 * DAY);
  words.push('a');
  expect(await live(world, words, dated)).toEqual([4]);
});
