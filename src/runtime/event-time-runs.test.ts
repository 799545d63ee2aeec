import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import type { Source } from '../core/source.ts';
import { type EventTimeOptions } from '../operators/event-time.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { RunReport, TimeMetrics } from './report.ts';
import { start } from './run.ts';
import type { Run } from './runtime.ts';
import { piecesOf, type Script, scripted, type ScriptedOptions } from './scripted-rig.ts';

interface Scene {
  readonly world: VirtualWorld;
  readonly run: Run;
  stop(): Promise<RunReport>;
  time(): TimeMetrics;
  /** Lets time pass up to milliseconds from the beginning, and answers the watermark. */
  at(ms: number): Promise<number>;
}

interface SceneOptions extends EventTimeOptions, Pick<ScriptedOptions, 'waits'> {
  readonly pieces?: number;
}

async function scene(
  scripts: Readonly<Record<string, Script>>,
  { pieces = 1, waits = 'told', ...options }: SceneOptions = {},
): Promise<Scene> {
  const world = virtualWorld();
  return await begun(world, [scripted(world, scripts, { waits })], options, pieces);
}

async function begun(world: VirtualWorld, sources: readonly Source<number>[], options: EventTimeOptions, pieces: number): Promise<Scene> {
  const made = pipeline('timed');
  const [first, ...others] = sources.map((source) => made.from(source));
  const all = others.length === 0 ? first! : first!.merge(...others);
  all.eventTime((at) => at, { name: 'time', ...options }).to(each(() => {}));
  const run = await start(made, { runtime: piecesOf(world, pieces) });
  const time = (): TimeMetrics => run.metrics().operators.find(({ id }) => id === 'time')!.time!;
  return {
    world,
    run,
    stop: () => world.until(run.stop()),
    time,
    async at(ms) {
      await world.advance(ms - world.clock.monotonic());
      return time().watermark;
    },
  };
}

const never: Script = [];

for (const pieces of [1, 2]) {
  const how = pieces === 1 ? 'in one piece' : 'as stages';

  test(`a partition that has nothing to say holds time back until it has been silent for idleAfter, ${how}`, async () => {
    const { at, time, stop } = await scene(
      {
        a: [
          [0, [50]],
          [5000, [60]],
          [9000, [70]],
          [20_000, [80]],
        ],
        b: [[0, [10]]],
      },
      { idleAfter: '10s', pieces },
    );
    expect(await at(1)).toBe(10);
    expect(await at(9999)).toBe(10);
    expect(await at(10_000)).toBe(70);
    expect(time()).toMatchObject({ partitions: 2, idle: 1 });
    await stop();
  });

  test(`while all are silent time walks with the clock, from where the greatest stood; a record stops it, ${how}`, async () => {
    const { at, time, stop } = await scene(
      {
        a: [
          [0, [1000]],
          [30_000, [5000]],
        ],
        b: [[2000, [500]]],
      },
      { idleAfter: '10s', disorder: 100, pieces },
    );
    expect(await at(11_999)).toBe(400);
    expect(await at(12_000)).toBe(900);
    expect(await at(17_000)).toBe(900 + 5000);
    expect(time().idle).toBe(2);
    expect(await at(29_950)).toBe(900 + 17_900);
    expect(await at(30_000)).toBe(900 + 17_900);
    expect(time()).toMatchObject({ idle: 1, late: 1 });
    expect(await at(39_999)).toBe(900 + 17_900);
    expect(await at(45_000)).toBe(900 + 17_900 + 5000);
    await stop();
  });

  test(`a source that cannot be reached is not silent, ${how}`, async () => {
    const b: Script = [
      [0, [10]],
      [9000, 'lost'],
      [10_500, 'found'],
    ];
    const { at, stop } = await scene(
      {
        a: [
          [0, [50]],
          [20_400, [60]],
        ],
        b,
      },
      { idleAfter: '10s', pieces },
    );
    // It is asked again soon after it was found, and from then on it is silent.
    expect(await at(20_499)).toBe(10);
    expect(await at(30_000)).toBe(60);
    await stop();
  });

  test(`an outage behind a long silence takes the partition back into the minimum, ${how}`, async () => {
    const { at, time, stop } = await scene(
      {
        a: [[0, [50]]],
        b: [
          [0, [10]],
          [25_000, 'lost'],
        ],
      },
      { idleAfter: '10s', pieces },
    );
    expect(await at(20_000)).toBe(10_050);
    const standing = await at(25_000);
    expect(await at(27_000)).toBe(standing);
    expect(time().idle).toBe(1);
    await stop();
  });

  test(`a source that never says that it has nothing is never silent, and one that answers at once is as silent as others, ${how}`, async () => {
    const untold = await scene({ a: [[0, [50]]], b: [[0, [10]]] }, { idleAfter: '10s', waits: 'untold', pieces });
    expect(await untold.at(100_000)).toBe(10);
    await untold.stop();
    const asked = await scene({ a: [[0, [50]]], b: never }, { idleAfter: '10s', waits: 'never', pieces });
    expect(await asked.at(10_000)).toBe(Number.NEGATIVE_INFINITY);
    // It is asked four times a second, and its silence is known as of the last time.
    expect((await asked.at(15_000)) - 5050).toBeLessThanOrEqual(0);
    expect(asked.time().watermark - 4550).toBeGreaterThanOrEqual(0);
    await asked.stop();
  });

  test(`of two sources that meet, one that has ended holds nothing back, ${how}`, async () => {
    const world = virtualWorld();
    const sources = [
      scripted(
        world,
        {
          0: [
            [0, [10]],
            [1000, 'end'],
          ],
        },
        { id: 'short' },
      ),
      scripted(
        world,
        {
          0: [
            [0, [50]],
            [2000, [60]],
          ],
        },
        { id: 'long' },
      ),
    ];
    const { at, stop } = await begun(world, sources, {}, pieces);
    expect(await at(999)).toBe(10);
    expect(await at(2500)).toBe(60);
    await stop();
  });

  test(`however slow those are through whom records come and go, nothing is late that was not late before, ${how}`, async () => {
    const steady: Script = Array.from({ length: 7 }, (_, n) => [n * 5000, [n * 5000 + 1]] as const);
    const other: Script = Array.from({ length: 7 }, (_, n) => [n * 5000 + 2500, [n * 5000]] as const);
    for (const [beforeMs, behindMs] of [
      [1, 1],
      [20_000, 1],
      [1, 20_000],
      [9000, 9000],
    ] as const) {
      const world = virtualWorld();
      const sleep = (ms: number) => async (n: number) => {
        await new Promise<void>((wake) => world.scheduler.after(ms, wake));
        return n;
      };
      const slow = pipeline('slow');
      const read = slow.from(scripted(world, { a: [...steady, [30_001, 'end']], b: [...other, [40_000, 'end']] }));
      const timed = read.mapAsync(sleep(beforeMs), { concurrency: 1 }).eventTime((at) => at, { name: 'time', idleAfter: '10s' });
      timed.mapAsync(sleep(behindMs), { concurrency: 1 }).to(each(() => {}));
      const run = await start(slow, { runtime: piecesOf(world, pieces) });
      await world.until(run.done);
      expect(run.metrics().operators.find(({ id }) => id === 'time')!.time).toMatchObject({ late: 0, watermark: Number.POSITIVE_INFINITY });
    }
  });
}

test('a source is not silent while it is not read because memory is full', async () => {
  const world = virtualWorld();
  const timed = (memory: number): Promise<Run> => {
    const full = pipeline('full');
    const read = full.from(
      scripted(
        world,
        {
          a: [[0, [50]]],
          b: [
            [0, [10]],
            [1000, [20]],
          ],
        },
        { waits: 'never' },
      ),
    );
    const answer = async (): Promise<number> => await new Promise((wake) => world.scheduler.after(60_000, () => wake(1)));
    const late = read.eventTime((at) => at, { name: 'time', idleAfter: '10s' }).mapAsync(answer, { concurrency: 4 });
    late.to(each(() => {}));
    return start(full, { runtime: piecesOf(world, 1, { memory }) });
  };
  for (const [memory, idle] of [
    [16, 0],
    [1_000_000, 2],
  ] as const) {
    const run = await timed(memory);
    await world.advance(40_000);
    expect(run.metrics().operators.find(({ id }) => id === 'time')!.time).toMatchObject({ idle });
    await world.until(run.stop('1h'));
  }
});

test('a run until everything is caught up ends, whoever is silent or ahead', async () => {
  const world = virtualWorld();
  const caught = pipeline('caught');
  const source = scripted(world, { a: [[0, [1, 2, 3]]], b: [[0, [1_000_000]]], c: [] });
  caught
    .from(source)
    .eventTime((at) => at, { name: 'time', idleAfter: '10s', alignWithin: '1s' })
    .to(each(() => {}));
  const run = await start(caught, { runtime: piecesOf(world, 1), until: 'caughtUp' });
  expect(await world.until(run.done)).toMatchObject({ in: 4, ended: 'stop' });
});
