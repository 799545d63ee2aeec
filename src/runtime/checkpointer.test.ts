import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import type { Section } from '../core/state.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import type { CheckpointContent, Checkpoints } from '../state/checkpoints.ts';
import { embedded, embeddedAs, type EmbeddedOptions } from './embedded.ts';
import { start } from './run.ts';
import type { Runtime } from './runtime.ts';
import { PlanStage } from './stages/plan-stage.ts';

interface Written extends Pick<CheckpointContent, 'isStop' | 'isCompleted'> {
  readonly n: number;
  /** The sections by operator, cell and scope, as hexadecimal. */
  readonly sections: ReadonlyMap<string, string>;
}

/** Keeps what every checkpoint was written with; `hold` is waited for before a write. */
function recorded(hold: (n: number) => Promise<void> | void = () => {}): Checkpoints & { readonly written: Written[] } {
  const written: Written[] = [];
  return {
    written,
    latest: async () => undefined,
    async write(n, { isStop, isCompleted }, captures) {
      await hold(n);
      const sections = new Map<string, string>();
      const section = ({ operator, cell, scope }: Section, bytes: Uint8Array) =>
        void sections.set(`${operator} ${cell} ${JSON.stringify(scope)}`, Buffer.from(bytes).toString('hex'));
      for (const capture of captures) await capture.write({ section });
      written.push({ n, isStop, isCompleted, sections });
    },
    takeBack: async () => {},
    committed: async () => {},
    close: async () => {},
  };
}

/** Numbers without an end. */
function* numbers(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };
const inOnePiece = (checkpoints: Checkpoints): Runtime => embedded({ checkpoints, chunk: 16, checkpointEvery: '1h' });
const stagesOf: NonNullable<Parameters<typeof embeddedAs>[1]> = (plan) => ({
  parallelism: 1,
  makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen: 'auto', chunkLimit: 1024, budget, counters }),
});
const asStages = (checkpoints: Checkpoints): Runtime => embeddedAs({ checkpoints, chunk: 16, checkpointEvery: '1h' }, stagesOf);

test.each([
  ['in one piece', inOnePiece],
  ['as stages', asStages],
])('what an operator has left that closed early is in every later checkpoint, %s', async (_how, runtime) => {
  const store = recorded();
  const closed = Promise.withResolvers<void>();
  const two = pipeline('two');
  const add = (sum: number, n: number): number => sum + n;
  const few = two.from(values([1, 2, 3]), { name: 'few' }).scan('sum', () => 0, add);
  const many = two.from(values(numbers), { name: 'many' }).rateLimit({ records: 1, per: '1ms' });
  few
    .keyBy((n) => n)
    .scan('sums', () => 0, add)
    .to(each((n) => (n === 6 ? closed.resolve() : undefined)));
  few
    .merge(many)
    .skip(2, { name: 'two' })
    .to(each(() => {}));
  await using running = await start(two, { runtime: runtime(store) });
  await closed.promise;
  for (let i = 0; i < 3; i++) await running.checkpoint();
  await running.stop();
  const kept = store.written.map(({ sections }) => [...sections].filter(([at]) => /^sums? /.test(at)));
  expect(kept).toHaveLength(4);
  expect(kept[0]).toHaveLength(4);
  for (const later of kept) expect(later).toEqual(kept[0]);
});

test('only the checkpoint that was taken at the end says so, not one that the end overtook', async () => {
  const gate = Promise.withResolvers<void>();
  const store = recorded((n) => (n === 1 ? gate.promise : undefined));
  const running = await start(
    pipeline('few')
      .from(values([1, 2, 3]))
      .to(each(() => {})),
    {
      runtime: embedded({ checkpoints: store, chunk: 16, checkpointEvery: '1h' }),
    },
  );
  const first = running.checkpoint();
  gate.resolve();
  await first;
  await running.done;
  expect(store.written.map(({ n, isCompleted }) => [n, isCompleted])).toEqual([
    [1, false],
    [2, true],
  ]);
});

test('a sink that ends while the barrier goes into the sources prepares once, and what it has is committed', async () => {
  const [isBlocked, gate, aPrepares, aEnded] = Array.from({ length: 4 }, () => Promise.withResolvers<void>()) as [Gate, Gate, Gate, Gate];
  const prepared: number[] = [];
  const committed: string[] = [];
  const short: Source<number> = {
    kind: 'short',
    id: 'short',
    partitions: () => [0],
    open: () => {
      let reads = 0;
      return {
        async read() {
          if (reads++ === 0) return { values: [1, 2, 3], positions: { first: 0 }, resume: 3 };
          await aPrepares.promise;
          return { values: [], positions: { first: 3 }, resume: 3, end: true };
        },
        close() {},
      };
    },
  };
  const keeps: Sink<number> = {
    kind: 'keeps',
    id: 'keeps',
    delivery: 'twoPhase',
    open() {
      let rows = 0;
      return {
        write: ({ values }) => void (rows += values.length),
        flush: () => aEnded.resolve(),
        prepare(n) {
          prepared.push(n);
          aPrepares.resolve();
          return `${rows} rows`;
        },
        commit: (tokens) => void committed.push(...tokens),
        close() {},
      };
    },
  };
  const blocks: Sink<number> = {
    kind: 'blocks',
    id: 'blocks',
    delivery: 'none',
    open: () => ({
      write() {
        isBlocked.resolve();
        return gate.promise;
      },
      close() {},
    }),
  };
  const made = pipeline('two');
  made.from(short).to(keeps);
  made.from(values(numbers())).to(blocks);
  const running = await inOnePiece(recorded()).start(made, {});
  await isBlocked.promise;
  const taken = running.checkpoint();
  await aEnded.promise;
  gate.resolve();
  const n = await taken;
  expect(prepared).toEqual([n]);
  expect(committed).toEqual(['3 rows']);
  await running.stop();
});

type Gate = PromiseWithResolvers<void>;

test.each([
  ['in one piece', embedded],
  ['as stages', (options: EmbeddedOptions) => embeddedAs(options, stagesOf)],
])('while nothing moves the clock takes no checkpoint; who asks for one, and a stop, still get it, %s', async (_how, made) => {
  const world = virtualWorld();
  const store = recorded();
  const answers: (() => void)[] = [];
  let given = 3;
  const slowly: Source<number> = {
    kind: 'slowly',
    id: 'slowly',
    partitions: () => [0],
    open() {
      let next = 0;
      return {
        read() {
          const first = next;
          next = given;
          return { values: Array.from({ length: next - first }, (_, i) => first + i), positions: { first }, resume: next };
        },
        close() {},
      };
    },
  };
  const out: number[] = [];
  const plan = pipeline('still')
    .from(slowly)
    .mapAsync(
      async (n) => {
        if (n === 4) await new Promise<void>((resolve) => answers.push(resolve));
        return n;
      },
      { concurrency: 4 },
    )
    .to(each((n) => void out.push(n)));
  const running = await start(plan, { runtime: made({ world, checkpoints: store, checkpointEvery: '1s' }) });
  const count = async (ms: number): Promise<number> => {
    const before = store.written.length;
    await world.advance(ms);
    return store.written.length - before;
  };
  expect(await count(3500)).toBeGreaterThanOrEqual(1);
  expect(await count(60_000)).toBe(0);
  await world.until(running.checkpoint(), 10_000);
  expect(await count(60_000)).toBe(0);
  // A record that moves a position, although nobody has an answer of it yet.
  given = 5;
  expect(await count(3500)).toBeGreaterThanOrEqual(1);
  expect(await count(60_000)).toBe(0);
  // An answer that comes out of what was there.
  expect(out).toEqual([0, 1, 2, 3]);
  answers[0]!();
  expect(await count(3500)).toBeGreaterThanOrEqual(1);
  expect(out).toEqual([0, 1, 2, 3, 4]);
  expect(await count(60_000)).toBe(0);
  await world.until(running.stop(), 60_000);
  expect(store.written.at(-1)!.isStop).toBe(true);
});
