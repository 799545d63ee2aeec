import { expect, test } from 'vitest';
import { realWorld } from '../../base/real-world.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { json } from '../../codecs/json.ts';
import type { Answer, Source } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { type Pipeline, pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../../runtime/embedded.ts';
import { committedIn } from '../../runtime/output-rig.ts';
import { run, start } from '../../runtime/run.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSink } from '../files/file-sink.ts';
import { values } from '../values/values.ts';
import { type Dataset, dataset } from './dataset.ts';
import { arrangements, listOf, numbers, read, refusing, set, told } from './datasets-rig.ts';

for (const [name, make] of arrangements) {
  testSource<number>({
    test,
    name: `dataset ${name}`,
    replay: true,
    make: async () => ({ source: make(60), values: await listOf(make(60)) }),
    async broken() {
      const source: Source<number> = {
        kind: 'broken',
        id: 'broken',
        partitions: () => [0],
        open: () => ({
          read: (() => {
            let reads = 0;
            return (): Answer<number> => {
              if (reads++ > 0) throw new Error('the disk is gone');
              return { values: numbers(30), positions: { first: 0 }, resume: 30 };
            };
          })(),
          close() {},
        }),
      };
      const side = dataset(source).split({ train: 0.5 }).train;
      const reader = await side.open(0, undefined, { world: virtualWorld(), signal: new AbortController().signal });
      const first = await reader.read(1024, new AbortController().signal);
      return { source: side, values: first.values! };
    },
  });
}

testSource<number>({
  test,
  name: 'dataset of records of which some are refused',
  replay: true,
  async make() {
    const source = (): Dataset<number> => dataset(refusing(40)).shuffle({ seed: 5, buffer: 8 }).epochs(2);
    const { values: all, refused } = await told(source());
    return { source: source(), values: all, refused };
  },
});

test.each(arrangements)('%s: resumed behind any record it goes on exactly there', async (_, make) => {
  // More records than lie between two marks, so that some are read again from a mark and some from the beginning.
  const whole = await read(make(2500), { limit: 100 });
  for (const cut of [0, 1, 700, 1023, 1024, 1025, 2000, 2048, 2500, 4000, 5500]) {
    if (cut > whole.values.length) continue;
    const first = cut === 0 ? { resume: undefined } : await read(make(2500), { limit: 33, most: cut });
    const rest = await read(make(2500), { limit: 64, ...(first.resume === undefined ? {} : { resume: first.resume }) });
    expect(rest.values).toEqual(whole.values.slice(cut));
    expect(rest.positions).toEqual(whole.positions.slice(cut));
  }
});

test('a set as it is reads hardly anything again after a restart', async () => {
  let handed = 0;
  const source = values(numbers(100_000));
  const counted: Source<number> = {
    ...source,
    async open(...args) {
      const reader = await source.open(...args);
      return {
        async read(limit, signal) {
          const answer = await reader.read(Math.min(limit, 700), signal); // No divisor of anything.
          handed += answer.values!.length;
          return answer;
        },
        close: () => reader.close(),
      };
    },
  };
  const { resume } = await read(dataset(counted).split({ train: 0.5 }).train, { limit: 1000, most: 40_000 });
  handed = 0;
  await read(dataset(counted).split({ train: 0.5 }).train, { resume, most: 1 });
  expect(handed).toBeLessThan(2048 + 1);
});

test('a checkpoint of another order is refused, and one of fewer epochs is not', async () => {
  const { resume } = await read(set().shuffle({ seed: 1, buffer: 20 }), { most: 50 });
  for (const other of [
    set(),
    set().shuffle({ seed: 2, buffer: 20 }),
    set().shuffle({ seed: 1, buffer: 21 }),
    set().split({ a: 0.5 }).a.shuffle({ seed: 1, buffer: 20 }),
  ])
    await expect(read(other, { resume })).rejects.toMatchObject({ code: 'HR_DATASET_CHANGED' });
  expect((await read(set().shuffle({ seed: 1, buffer: 20 }).epochs(2), { resume })).values).toHaveLength(350);
});

test('a source that has become shorter than what was handed out is refused', async () => {
  for (const make of [(count: number) => set(count), (count: number) => set(count).shuffle({ buffer: 10 })]) {
    const { resume } = await read(make(200), { most: 150 });
    await expect(read(make(100), { resume })).rejects.toMatchObject({ code: 'HR_DATASET_CHANGED' });
  }
});

test('partitions come one after the other, and their positions are told apart', async () => {
  const source: Source<string> = {
    kind: 'two',
    id: 'two',
    partitions: () => ['a', 'b'],
    open(partition, from) {
      let next = typeof from === 'number' ? from : 0;
      return {
        read: (limit) => {
          const first = next;
          next = Math.min(1500, next + limit);
          return {
            values: numbers(next - first).map((i) => `${partition}${first + i}`),
            positions: { first },
            resume: next,
            end: next === 1500,
          };
        },
        close() {},
      };
    },
  };
  const whole = await read(dataset(source), { limit: 400 });
  expect(whole.values).toEqual(['a', 'b'].flatMap((partition) => numbers(1500).map((i) => `${partition}${i}`)));
  expect([whole.positions[3], whole.positions[1503]]).toEqual(['a:3', 'b:3']);
  for (const cut of [1499, 1500, 1501, 2500]) {
    const { resume } = await read(dataset(source), { most: cut });
    expect((await read(dataset(source), { resume })).values).toEqual(whole.values.slice(cut));
  }
});

test('a pipeline that is killed again and again hands out every record of every epoch once, in the order of an undisturbed one', async () => {
  const shuffled = (): Dataset<number> => set(6000).split({ train: 0.8 }).train.shuffle({ seed: 5, buffer: 700 }).epochs(2);
  const plan = (seen: () => void): Pipeline =>
    pipeline('train').from(shuffled()).tap(seen).rateLimit({ records: 1000, per: '5ms' }).to(fileSink('/out.jsonl', json()));
  const { files } = virtualWorld();
  const world: World = { ...realWorld(), files, syncFiles: files };
  for (const kill of [900, 2500, 800]) {
    const [far, power] = [Promise.withResolvers<void>(), new AbortController()];
    let count = 0;
    const life = await start(
      plan(() => ++count === kill && far.resolve()),
      { runtime: embedded({ dir: '/state', world }), signal: power.signal },
    );
    await far.promise;
    await life.checkpoint();
    power.abort(new Error('the power is gone'));
    await expect(life.done).rejects.toThrow('the power is gone');
  }
  let rest = 0;
  await run(
    plan(() => void rest++),
    { runtime: embedded({ dir: '/state', world }) },
  );
  const undisturbed = await listOf(shuffled());
  expect(rest).toBeLessThan(undisturbed.length - 900 - 2500 - 800);
  expect(await committedIn<number>(files, 'out')).toEqual(undisturbed);
});
