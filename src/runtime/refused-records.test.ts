import { expect, test } from 'vitest';
import { dyingFiles } from '../base/dying-files.ts';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { json } from '../codecs/json.ts';
import { fileSink } from '../connectors/files/file-sink.ts';
import { openTopic } from '../connectors/topics/open-topic.ts';
import { collect } from '../connectors/values/collect.ts';
import type { OnError } from '../core/failure.ts';
import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Files } from '../core/world.ts';
import type { Source } from '../core/source.ts';
import { stagesOf } from '../pipeline/stage-cut.ts';
import { deadLetterTopic } from '../pipeline/unread-letters.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import { embedded, embeddedAs } from './embedded.ts';
import { committedIn } from './output-rig.ts';
import { type Form, type Line, lineCodec, linesSource } from './refused-rig.ts';
import type { RunReport, RunMetrics } from './report.ts';
import type { RunOptions } from './runtime.ts';
import { insideOf } from './stages/inside.ts';
import { PlanStage } from './stages/plan-stage.ts';

const LINES = ['a', '!b', 'c', 'd', '!e', '!f', 'g', '!h'];
const FORMS: readonly Form[] = ['values', 'bodies', 'columns'];
const ways = FORMS.flatMap((form) => [1, 3, 1024].map((chunk) => ({ form, chunk })));

interface Outcome {
  readonly lines: readonly string[];
  readonly letters: readonly DeadLetter[];
  readonly report: RunReport | undefined;
  readonly metrics: RunMetrics;
  readonly error: unknown;
}

interface Way {
  readonly chunk?: number;
  readonly onError?: OnError;
  readonly until?: 'caughtUp';
}

async function reading(source: Source<Line>, { chunk = 1024, onError = 'deadLetter', until }: Way): Promise<Outcome> {
  const world = virtualWorld();
  const [good, bad] = [collect<string>(), collect<DeadLetter>()];
  const made = pipeline('reading', { onError });
  made
    .from(source)
    .map(({ line }, record) => `${record.position}${line}`)
    .to(good);
  if (onError === 'deadLetter') made.deadLetters().to(bad);
  const running = await embedded({ world, chunk }).start(made, until === undefined ? {} : { until });
  const settled = await world.until(
    running.done.then(
      (report) => ({ report, error: undefined }),
      (error: unknown) => ({ report: undefined, error }),
    ),
  );
  return { lines: good.values, letters: bad.values, metrics: running.metrics(), ...settled };
}

const source = (form: Form, lines: readonly string[] = LINES): Source<Line> => linesSource({ form, lines, codec: lineCodec });
const counts = ({ metrics }: Outcome): unknown => metrics.operators.find(({ kind }) => kind === 'lines');

test.each(ways)(
  'refused records become letters with position, bytes and error, and the others go on ($form, chunk $chunk)',
  async ({ form, chunk }) => {
    const outcome = await reading(source(form), { chunk });
    expect(outcome.lines).toEqual(['0a', '2c', '3d', '6g']);
    expect(outcome.letters.map(({ origin }) => origin.position)).toEqual(['1', '4', '5', '7']);
    expect(outcome.letters[0]).toEqual({
      id: 'lines/0/1',
      operator: 'lines',
      error: { code: 'HR_DECODE_FAILED', what: '!b is no line' },
      origin: { source: 'lines', partition: '0', position: '1' },
      time: expect.any(Number),
      bytes: new TextEncoder().encode('!b'),
    });
    expect(outcome.report).toMatchObject({ in: 8, out: 4, deadLetters: 4, ended: 'end' });
    expect(counts(outcome)).toMatchObject({ in: 8, out: 4, errors: 4, deadLetters: 4 });
  },
);

test.each(ways)('skipped they are counted ($form, chunk $chunk)', async ({ form, chunk }) => {
  const outcome = await reading(source(form), { chunk, onError: 'skip' });
  expect(outcome.lines).toEqual(['0a', '2c', '3d', '6g']);
  expect(outcome.report).toMatchObject({ in: 8, out: 4, skipped: 4 });
  expect(counts(outcome)).toMatchObject({ errors: 4, skipped: 4 });
});

test.each(ways)(
  'with stop what stands before the first gets away, and nothing behind it ($form, chunk $chunk)',
  async ({ form, chunk }) => {
    const outcome = await reading(source(form, ['a', 'c', 'd', '!e', '!f', 'g', 'h', 'i']), { chunk, onError: 'stop' });
    expect(outcome.error).toMatchObject({ code: 'HR_DECODE_FAILED' });
    expect(String(outcome.error)).toContain('record lines/0/3');
    expect(outcome.lines).toEqual(['0a', '1c', '2d']);
    expect(counts(outcome)).toMatchObject({ out: 3, errors: 1 });
  },
);

test.each([1, 3, 1024])(
  'bodies that cannot be decoded and refused records are told in the order in which they stand (chunk %i)',
  async (chunk) => {
    const lines = ['?0', '!1', 'a', '!3', '?4', '?5', '!6'];
    const { lines: good, letters } = await reading(source('bodies', lines), { chunk });
    expect(good).toEqual(['2a']);
    expect(letters.map(({ origin, error }) => [origin.position, error.what])).toEqual([
      ['0', 'what is ?0'],
      ['1', '!1 is no line'],
      ['3', '!3 is no line'],
      ['4', 'what is ?4'],
      ['5', 'what is ?5'],
      ['6', '!6 is no line'],
    ]);
  },
);

test.each([
  { lines: ['a', '?b', '!c', 'd'], where: 'lines/0/1', what: 'what is ?b' },
  { lines: ['a', '!b', '?c', 'd'], where: 'lines/0/1', what: '!b is no line' },
])('with stop the first of both is the end: $what', async ({ lines, where, what }) => {
  for (const chunk of [1, 3, 1024]) {
    const outcome = await reading(source('bodies', lines), { chunk, onError: 'stop' });
    expect(String(outcome.error)).toContain(where);
    expect(String(outcome.error)).toContain(what);
    expect(outcome.lines).toEqual(['0a']);
  }
});

test('a read that brings only bad records is no sign of the end', async () => {
  const bad = Array.from({ length: 5 }, (_, i) => `!${i}`);
  const outcome = await reading(linesSource({ form: 'columns', lines: [...bad, 'a', ...bad], atMost: 2 }), { until: 'caughtUp' });
  expect(outcome.lines).toEqual(['5a']);
  expect(outcome.letters).toHaveLength(10);
});

test('a source that throws instead of naming the record leaves a letter that says behind what it stands', async () => {
  const throws = new Set([2, 3]);
  const throwing: Source<Line> = {
    kind: 'lines',
    id: 'lines',
    partitions: () => [0],
    open: () => {
      let next = 0;
      let thrown = 0;
      return {
        read() {
          const at = next + thrown;
          if (at === 6) return { values: [], positions: { first: at }, resume: next, end: true };
          if (throws.has(at)) {
            thrown++;
            throw new HeadraceError({ code: 'HR_DECODE_FAILED', action: 'deadLetter', what: 'bad', todo: 'Mend it.' });
          }
          next++;
          return { values: [{ line: 'x' }], positions: { first: at }, resume: next };
        },
        close() {},
      };
    },
  };
  const outcome = await reading(throwing, {});
  expect(outcome.lines).toEqual(['0x', '1x', '4x', '5x']);
  expect(outcome.letters).toMatchObject([
    { id: 'lines/0/behind 2', lost: 'the source gave nothing of it' },
    { id: 'lines/0/behind 2, 1 later', lost: 'the source gave nothing of it' },
  ]);
  expect(outcome.report).toMatchObject({ in: 6, deadLetters: 2 });
  const stopped = await reading(throwing, { onError: 'stop' });
  expect(stopped.lines).toEqual(['0x', '1x']);
});

test.each(FORMS)('on threads too, where bodies are decoded there and what is no body is a record already (%s)', async (form) => {
  const world = virtualWorld();
  const [good, bad] = [collect<string>(), collect<DeadLetter>()];
  const made = pipeline('reading', { onError: 'deadLetter' });
  const lines = form === 'bodies' ? ['a', '?b', '!c', 'd'] : ['a', '!c', 'd'];
  made
    .from(linesSource({ form, lines, codec: lineCodec }))
    .onWorkers('work', 2, (stream) => stream.map(({ line }) => line))
    .to(good);
  made.deadLetters().to(bad);
  const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };
  const runtime = embeddedAs({ world, chunk: 3 }, (plan) => ({
    parallelism: 1,
    makeStage: (cut, _index, counters) =>
      new PlanStage(plan, cut, { codegen: 'auto', chunkLimit: 3, budget, counters, inside: insideOf(plan, stagesOf(plan), cut) }),
  }));
  const running = await runtime.start(made, {});
  await world.until(running.done);
  expect(good.values).toEqual(['a', 'd']);
  expect(bad.values.map(({ id }) => id).sort()).toEqual(form === 'bodies' ? ['lines/0/1', 'lines/0/2'] : ['lines/0/1']);
});

test('a value of bytes is not decoded twice where bodies are decoded on threads', async () => {
  const world = virtualWorld();
  const good = collect<number>();
  const bytes: Source<Uint8Array> = {
    kind: 'bytes',
    id: 'bytes',
    codec: { kind: 'twice', framing: 'none', encode: (value) => Uint8Array.of(...value, 0), decode: (body) => body.slice(0, -1) },
    partitions: () => [0],
    open: () => ({ read: () => ({ values: [Uint8Array.of(1, 2, 3)], positions: [0], resume: null, end: true }), close() {} }),
  };
  const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };
  const runtime = embeddedAs({ world }, (plan) => ({
    parallelism: 1,
    makeStage: (cut, _index, counters) =>
      new PlanStage(plan, cut, { codegen: 'auto', chunkLimit: 3, budget, counters, inside: insideOf(plan, stagesOf(plan), cut) }),
  }));
  const made = pipeline('bytes')
    .from(bytes)
    .onWorkers('work', 1, (stream) => stream.map((value) => value.length))
    .to(good);
  await world.until((await runtime.start(made, {})).done);
  expect(good.values).toEqual([3]);
});

// Across lives, with a folder.

const MANY = Array.from({ length: 40 }, (_, n) => (n % 4 === 1 ? `!${n}` : `${n}`));

function kept(options: Partial<Parameters<typeof linesSource>[0]> = {}, onError: OnError = 'deadLetter'): Pipeline {
  return pipeline('kept', { onError })
    .from(linesSource({ form: 'columns', lines: MANY, codec: lineCodec, atMost: 3, ...options }))
    .map(({ line }) => line)
    .to(fileSink('/kept.jsonl', json()));
}

async function life(world: VirtualWorld, made: Pipeline, options: RunOptions = {}, files: Files = world.files): Promise<RunReport> {
  const running = await embedded({ dir: '/state', checkpointEvery: '1ms', chunk: 4, world: { ...world, files } }).start(made, options);
  return await world.until(running.done, 60_000);
}

async function lettersOf(world: VirtualWorld): Promise<readonly DeadLetter[]> {
  await using topic = await openTopic(deadLetterTopic('kept'), { dir: '/state', world });
  const all: DeadLetter[] = [];
  for await (const { value } of topic.read({ until: 'caughtUp' })) all.push(value);
  return all;
}

const died = (ended: Promise<unknown>): Promise<boolean> =>
  ended.then(
    () => false,
    () => true,
  );

const good: readonly string[] = MANY.filter((line) => !line.startsWith('!'));
const bad: readonly string[] = MANY.flatMap((line, n) => (line.startsWith('!') ? [`lines/0/${n}`] : []));

test('a run that dies anywhere and goes on keeps one letter of each refused record, and each record once', async () => {
  let deaths = 0;
  for (let diesAt = 0; ; diesAt += 3) {
    const world = virtualWorld();
    const files = dyingFiles(world.files, diesAt, diesAt % 2 === 0 ? 'half' : 'after');
    const isDead = await died(life(world, kept(), {}, files));
    if (diesAt % 4 === 0) world.files.powerCut();
    await life(world, kept());
    expect(await committedIn<string>(world.files, 'kept'), `died at change ${diesAt}`).toEqual(good);
    expect(
      (await lettersOf(world)).map(({ id }) => id),
      `died at change ${diesAt}`,
    ).toEqual(bad);
    if (!isDead) break;
    deaths++;
  }
  expect(deaths).toBeGreaterThan(10);
});

test('with stop no checkpoint stands behind the record: mended, it comes in the next run', async () => {
  const world = virtualWorld();
  expect(await died(life(world, kept({}, 'stop')))).toBe(true);
  const mended = MANY.map((line) => line.replace('!', ''));
  await life(world, kept({ lines: mended }, 'stop'));
  expect(await committedIn<string>(world.files, 'kept')).toEqual(mended);
});

test('a redrive decodes what the source could not read, in its place', async () => {
  const world = virtualWorld();
  await life(world, kept());
  const again = await life(world, kept(), { redrive: true });
  expect(again).toMatchObject({ in: bad.length, deadLetters: 0 });
  expect((await committedIn<string>(world.files, 'kept')).toSorted()).toEqual(MANY.map((line) => line.replace('!', '')).toSorted());
});

test.each([
  { why: 'there is no codec to decode it', options: { codec: undefined }, code: 'HR_LETTER_UNDECODABLE' },
  { why: 'only its first bytes are there', options: { gives: 'some' as const }, code: 'HR_LETTER_WITHOUT_VALUE' },
  { why: 'nothing of it is there', options: { gives: 'none' as const }, code: 'HR_LETTER_WITHOUT_VALUE' },
])('a refused record is not made up in a redrive where $why: it is refused again', async ({ options, code }) => {
  const world = virtualWorld();
  await life(world, kept(options));
  const again = await life(world, kept(options), { redrive: true });
  expect(again).toMatchObject({ in: bad.length, out: 0, deadLetters: bad.length });
  const letters = (await lettersOf(world)).slice(bad.length);
  expect(letters.map(({ id }) => id)).toEqual(bad);
  expect(new Set(letters.map(({ error }) => error.code))).toEqual(new Set([code]));
  expect(letters.map(({ lost, bytes }) => [lost, bytes])).toEqual(
    (await lettersOf(world)).slice(0, bad.length).map(({ lost, bytes }) => [lost, bytes]),
  );
  expect(await committedIn<string>(world.files, 'kept')).toEqual(good);
  // With a codec those that are whole enter in the end.
  const last = await life(world, kept({ ...options, codec: lineCodec }), { redrive: true });
  expect(last.deadLetters).toBe(code === 'HR_LETTER_UNDECODABLE' ? 0 : bad.length);
});
