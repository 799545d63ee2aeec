import { expect, test } from 'vitest';
import { dyingFiles } from '../base/dying-files.ts';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { json } from '../codecs/json.ts';
import { fileSink } from '../connectors/files/file-sink.ts';
import { openTopic } from '../connectors/topics/open-topic.ts';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Source } from '../core/source.ts';
import type { Duration } from '../core/units.ts';
import type { Files } from '../core/world.ts';
import type { PipelineOptions } from '../pipeline/draft.ts';
import type { KeyedStream } from '../pipeline/keyed-stream.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import { deadLetterTopic } from '../pipeline/unread-letters.ts';
import type { Stream } from '../pipeline/stream.ts';
import { count } from '../windows/aggregates/count.ts';
import { tumbling } from '../windows/time.ts';
import { embedded, embeddedAs } from './embedded.ts';
import { committedIn } from './output-rig.ts';
import type { RunReport } from './report.ts';
import type { RunOptions, Runtime } from './runtime.ts';
import { PlanStage } from './stages/plan-stage.ts';

interface Click {
  readonly id: number;
  readonly at: number;
  readonly user: string;
}

const isFull = process.env['HEADRACE_TEST'] === 'full';
/** At every change of the disk, or at some of them. */
const APART = isFull ? 1 : 5;

/** Every fifth is behind by more than anything takes. */
const clicks: readonly Click[] = Array.from({ length: 40 }, (_, id) => ({
  id,
  at: id % 5 === 4 ? id * 10 - 60 : id * 10,
  user: id % 2 === 0 ? 'ann' : 'bob',
}));
const lateIds: readonly number[] = clicks.filter(({ id, at }) => at < (id - 1) * 10).map(({ id }) => id);

type Keyed = KeyedStream<string, Click>;

/** Everything that refuses late records, each by its name. */
const ways: readonly (readonly [name: string, make: (all: Keyed) => Stream<unknown>])[] = [
  ['window', (all) => all.window('it', tumbling(10)).aggregate({ n: count() })],
  [
    'window of the whole stream',
    (all) =>
      all
        .map((click) => click)
        .window('it', tumbling(10))
        .aggregate({ n: count() }),
  ],
  ['process', (all) => all.process('it', { onRecord: (click) => [click.id] }, { order: 'eventTime' })],
  [
    'join',
    (all) =>
      all.join(
        'it',
        all.filter(() => false),
        (left) => left.id,
        { within: 5 },
      ),
  ],
  [
    'joinAsOf',
    (all) =>
      all.joinAsOf(
        'it',
        all.filter(() => false),
        (left) => left.id,
      ),
  ],
];

function keyed(plan: Pipeline): Keyed {
  return plan
    .from(values(clicks), { name: 'clicks' })
    .eventTime(({ at }) => at)
    .keyBy(({ user }) => user);
}

interface Making extends PipelineOptions {
  readonly lateness?: Duration;
  readonly reads?: boolean;
  readonly wait?: () => Promise<void>;
}

/** Windows into a file. */
function perTen({ lateness = 0, reads = false, wait, ...options }: Making = {}): Pipeline {
  const plan = pipeline('late', options);
  const all = plan.from(values(clicks), { name: 'clicks' }).eventTime(({ at }) => at);
  const slowed = wait === undefined ? all : all.mapAsync((click) => wait().then(() => click), { concurrency: 2 });
  slowed
    .keyBy(({ user }) => user)
    .window('tens', tumbling(10), { lateness })
    .aggregate({ n: count() })
    .to(fileSink('/panes.jsonl', json()));
  if (reads) plan.deadLetters().to(fileSink('/letters.jsonl', json()));
  return plan;
}

async function life(world: VirtualWorld, made: Pipeline, options: RunOptions = {}, files: Files = world.files): Promise<RunReport> {
  const running = await embedded({ dir: '/state', checkpointEvery: '5ms', chunk: 4, world: { ...world, files } }).start(made, options);
  return await world.until(running.done, 60_000);
}

/** Stopped when half of it has come. */
async function stopped(world: VirtualWorld, made: Pipeline): Promise<RunReport> {
  const running = await embedded({ dir: '/state', checkpointEvery: '1h', chunk: 4, world }).start(made, { until: '12ms' });
  return await world.until(running.done, 60_000);
}

async function lettersOf(world: VirtualWorld): Promise<readonly DeadLetter[]> {
  await using kept = await openTopic(deadLetterTopic('late'), { dir: '/state', world });
  const all: DeadLetter[] = [];
  for await (const { value } of kept.read({ until: 'caughtUp' })) all.push(value);
  return all;
}

const idsOf = (letters: readonly DeadLetter[]): readonly number[] => letters.map(({ id }) => Number(id.split('/').at(-1)));

test.each(ways)('%s: a late record that nobody reads is kept under dir, in order, with what makes it what it is', async (_name, make) => {
  const world = virtualWorld();
  const plan = pipeline('late');
  const report = await life(world, make(keyed(plan)).to(collect()));
  const late = lateIds.length;
  expect(report).toMatchObject({ late, deadLetters: late, dropped: 0 });
  const letters = await lettersOf(world);
  expect(idsOf(letters)).toEqual(lateIds);
  const [first] = letters;
  expect(first).toMatchObject({
    id: `clicks/0/${lateIds[0]}`,
    operator: 'it',
    error: { code: 'HR_RECORD_LATE' },
    origin: { source: 'clicks', partition: '0', position: `${lateIds[0]}` },
  });
});

test.each(ways)('%s: without a dir late records are counted, and that is all', async (_name, make) => {
  const plan = pipeline('late');
  const world = virtualWorld();
  const running = await embedded({ world }).start(make(keyed(plan)).to(collect()), {});
  const late = lateIds.length;
  expect(await world.until(running.done, 60_000)).toMatchObject({ late, deadLetters: 0, dropped: late });
  expect(running.metrics().operators.find(({ id }) => id === 'it')).toMatchObject({ late, dropped: { late } });
});

interface Shown {
  readonly key: string;
  readonly window: { readonly start: number };
  readonly pane: { readonly index: number; readonly timing: string };
  readonly n: number;
}

const panesOf = async (world: VirtualWorld): Promise<readonly string[]> =>
  (await committedIn<Shown>(world.files, 'panes')).map(
    ({ key, window, pane, n }) => `${key} ${window.start} ${pane.timing} ${pane.index}: ${n}`,
  );

/** A call of a millisecond, so that checkpoints come in between. */
const slow = (world: VirtualWorld) => (): Promise<void> => new Promise((done) => void world.scheduler.after(1, done));

test('a run that dies anywhere and goes on has kept each late record once, in the order in which they came, and has no pane of them', async () => {
  const calm = virtualWorld();
  await life(calm, perTen({ wait: slow(calm) }));
  const panes = await panesOf(calm);
  expect(panes).toHaveLength(clicks.length - lateIds.length);
  let inTheMiddle = 0;
  for (let diesAt = 0; ; diesAt += APART) {
    const world = virtualWorld();
    const files = dyingFiles(world.files, diesAt, diesAt % 3 === 0 ? 'before' : diesAt % 3 === 1 ? 'half' : 'after');
    const died = await life(world, perTen({ wait: slow(world) }), {}, files).then(
      () => false,
      () => true,
    );
    if (diesAt % 2 === 0) world.files.powerCut();
    const second = await life(world, perTen({ wait: slow(world) }));
    if (second.late > 0 && second.late < lateIds.length) inTheMiddle++;
    expect(idsOf(await lettersOf(world)), `died at change ${diesAt}`).toEqual(lateIds);
    expect(await panesOf(world), `died at change ${diesAt}`).toEqual(panes);
    if (!died) break;
  }
  // Checkpoints stood between the letters.
  expect(inTheMiddle).toBeGreaterThan(20 / APART);
}, 60_000);

test('a redriven late record is as late as before, and a letter again; with more lateness it is a late pane', async () => {
  const world = virtualWorld();
  // A stop: the windows of the last clicks are open.
  await stopped(world, perTen({ wait: slow(world) }));
  const before = (await lettersOf(world)).length;
  expect(before).toBeGreaterThan(2);
  expect(await life(world, perTen(), { redrive: true })).toMatchObject({ in: before, late: before, deadLetters: before, out: 0 });
  const again = await lettersOf(world);
  expect(idsOf(again)).toEqual([...lateIds.slice(0, before), ...lateIds.slice(0, before)]);
  const { id, operator, origin, key, value } = again[0]!;
  expect(again[before]).toMatchObject({ id, operator, origin, key, value, error: { code: 'HR_RECORD_LATE' } });
  // What was sent in is not sent in again, and what became of it is.
  const report = await life(world, perTen({ lateness: '1h' }), { redrive: true });
  expect(report).toMatchObject({ in: before, late: 0, deadLetters: 0, out: before });
  expect((await panesOf(world)).filter((pane) => pane.includes('late'))).toHaveLength(before);
  expect((await life(world, perTen({ lateness: '1h' }), { redrive: true })).in).toBe(0);
});

test('once the data is over every record is late that is sent in again', async () => {
  const world = virtualWorld();
  await life(world, perTen());
  const panes = await panesOf(world);
  const late = lateIds.length;
  expect(await life(world, perTen({ lateness: '1h' }), { redrive: true })).toMatchObject({ in: late, late, deadLetters: late, open: 0 });
  expect(await panesOf(world)).toEqual(panes);
});

test('a pipeline that reads its letters from now on has lost none of those before, and need not be told to forget anything', async () => {
  for (let diesAt = 0; ; diesAt += APART) {
    const world = virtualWorld();
    const files = dyingFiles(world.files, diesAt, 'after');
    const died = await life(world, perTen({ wait: slow(world) }), {}, files).then(
      () => false,
      () => true,
    );
    await life(world, perTen({ wait: slow(world), reads: true }));
    const kept = idsOf(await lettersOf(world));
    const read = (await committedIn<DeadLetter>(world.files, 'letters')).map(({ id }) => Number(id.split('/').at(-1)));
    expect([...kept, ...read], `died at change ${diesAt}`).toEqual(lateIds);
    if (!died) break;
  }
}, 60_000);

test.each([2, 4])(
  'a late record that waits for an answer while the process dies is as late in the copies of the next run, be they more or as many (%d)',
  async (copies) => {
    const world = virtualWorld();
    const [first, second] = [clicks.slice(0, 20), clicks.slice(20)];
    const lives = { now: 1 };
    const source: Source<Click> = {
      kind: 'clicks',
      id: 'clicks',
      replay: true,
      partitions: () => [0],
      open(_partition, resume) {
        let at = typeof resume === 'number' ? resume : 0;
        return {
          async read() {
            await new Promise<void>((done) => void world.scheduler.after(1, done));
            const from = at;
            if (lives.now === 1) at = first.length;
            else at = clicks.length;
            const values = at === from ? [] : lives.now === 1 ? first : second;
            return { values, positions: { first: from }, resume: at, end: lives.now === 2 };
          },
          close() {},
        };
      },
    };
    const made = (): Pipeline => {
      const plan = pipeline('late');
      plan
        .from(source)
        .eventTime(({ at }) => at)
        .keyBy(({ id }) => id)
        .mapAsync((click) => (lives.now === 1 && lateIds.includes(click.id) ? new Promise<Click>(() => {}) : Promise.resolve(click)), {
          concurrency: 64,
          order: 'input',
        })
        .window('tens', tumbling(10))
        .aggregate({ n: count() })
        .to(fileSink('/panes.jsonl', json()));
      return plan;
    };
    const runtime = (parallelism: number): Runtime =>
      embeddedAs({ dir: '/state', checkpointEvery: '1h', world }, (plan, { codegen, chunkLimit, budget }) => ({
        parallelism,
        makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen, chunkLimit, budget, counters }),
      }));
    const giving = new AbortController();
    const running = await runtime(2).start(made(), { signal: giving.signal });
    await world.until(new Promise<void>((done) => void world.scheduler.after(50, done)), 1000);
    await world.until(running.checkpoint(), 1000);
    giving.abort();
    await world.until(running.done, 60_000).catch(() => {});
    lives.now = 2;
    const again = await runtime(copies).start(made(), {});
    const report = await world.until(again.done, 60_000);
    expect(report).toMatchObject({ late: lateIds.length });
    expect(idsOf(await lettersOf(world)).toSorted((a, b) => a - b)).toEqual(lateIds);
  },
);
