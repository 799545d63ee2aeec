import { expect, test } from 'vitest';
import { Chunk, gather } from '../core/chunk.ts';
import { embedded, embeddedAs } from '../runtime/embedded.ts';
import type { RunReport } from '../runtime/report.ts';
import type { Run, RunOptions, Runtime } from '../runtime/runtime.ts';
import { PlanStage } from '../runtime/stages/plan-stage.ts';
import { runtimePromises } from './runtime-promises.ts';
import type { MakeRuntime } from './runtime-running.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };

/** A good runtime whose stages, runs or starts are spoilt. */
interface Faults {
  stage?(stage: PlanStage): void;
  options?(options: RunOptions): RunOptions;
  run?(running: Run): Partial<Run>;
}

function faulty(faults: Faults): MakeRuntime {
  return (settings): Runtime => {
    const good = embeddedAs(settings, (plan) => ({
      parallelism: 2,
      makeStage(part, _index, counters) {
        const stage = new PlanStage(plan, part, { codegen: 'auto', chunkLimit: 1024, budget, counters });
        faults.stage?.(stage);
        return stage;
      },
    }));
    return {
      kind: 'faulty',
      async start(pipeline, options) {
        const running = await good.start(pipeline, faults.options?.(options) ?? options);
        const spoilt: Run = {
          done: running.done,
          metrics: () => running.metrics(),
          health: () => running.health(),
          checkpoint: () => running.checkpoint(),
          stop: (deadline) => running.stop(deadline),
          [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
        };
        return Object.assign(spoilt, faults.run?.(running));
      },
    };
  };
}

const reported = (change: Partial<RunReport>): MakeRuntime =>
  faulty({ run: (running) => ({ done: running.done.then((report) => ({ ...report, ...change })) }) });

/** Process each chunk after a change. */
const processing = (change: (chunk: Chunk) => Chunk): MakeRuntime =>
  faulty({
    stage(stage) {
      const process = stage.process.bind(stage);
      stage.process = (input, chunk) => process(input, change(chunk));
    },
  });

function picked(chunk: Chunk, index: readonly number[]): Chunk {
  const values = index.map((i) => chunk.values[i]);
  return new Chunk(values, chunk.origin, gather(chunk, Int32Array.from(index), index.length), chunk.control);
}

let folders = 0;

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, make: MakeRuntime][] = [
  ['R1', 'an end that is called a stop', reported({ ended: 'stop' })],
  ['R1', 'records that nobody counts', reported({ out: 0 })],
  ['R2', 'the first record of each chunk lost', processing((chunk) => picked(chunk, [...chunk.values.keys()].slice(1)))],
  [
    'R2',
    'a record that comes twice',
    processing((chunk) =>
      picked(
        chunk,
        [...chunk.values.keys()].flatMap((i) => (i === 3 ? [i, i] : [i])),
      ),
    ),
  ],
  ['R3', 'chunks turned round', processing((chunk) => picked(chunk, [...chunk.values.keys()].reverse()))],
  [
    'R4',
    'what comes behind a barrier lost',
    faulty({
      stage(stage) {
        const [barrier, process] = [stage.barrier.bind(stage), stage.process.bind(stage)];
        let isBehind = false;
        stage.barrier = (n) => {
          isBehind = true;
          return barrier(n);
        };
        stage.process = (input, chunk) => {
          const isLost = isBehind;
          isBehind = false;
          return isLost ? undefined : process(input, chunk);
        };
      },
    }),
  ],
  ['R5', 'the same number again', faulty({ run: (running) => ({ checkpoint: () => running.checkpoint().then(() => 1) }) })],
  ['R5', 'a checkpoint that was only asked for', faulty({ run: () => ({ checkpoint: numbersFrom(1) }) })],
  ['R6', 'no checkpoint unless asked', ({ dir }) => embedded({ dir, checkpointEvery: '1h' })],
  ['R7', 'another folder at every start', (settings) => embedded({ ...settings, dir: `${settings.dir}/${folders++}` })],
  ['R7', 'a stop that gives everything up', faulty({ run: (running) => ({ stop: () => running.stop(0) }) })],
  [
    'R8',
    'state left behind',
    faulty({
      stage(stage) {
        const open = stage.open.bind(stage);
        stage.open = (context) =>
          open({ ...context, emit: context.emit.bind(context), wake: context.wake.bind(context), restored: undefined });
      },
    }),
  ],
  ['R9', 'the mark of the end ignored', faulty({ options: (options) => ({ ...options, again: true }) })],
  ['R9', '`again` not heard', faulty({ options: (options) => ({ ...options, again: false }) })],
  [
    'R10',
    'an error of its own',
    faulty({ run: (running) => ({ done: running.done.catch(() => Promise.reject(new TypeError('it failed'))) }) }),
  ],
  ['R11', 'a signal that nobody hears', faulty({ options: ({ signal: _unheard, ...options }) => options })],
  [
    'R11',
    'another reason',
    faulty({ run: (running) => ({ done: running.done.catch(() => Promise.reject(new Error('it was aborted'))) }) }),
  ],
];

function numbersFrom(first: number): () => Promise<number> {
  let next = first;
  return () => Promise.resolve(next++);
}

const promises = runtimePromises();

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(() => make, 2000)).rejects.toThrow();
});

test('a runtime without a fault passes through the same hands', async () => {
  for (const promised of promises) await promised.check(() => faulty({}), 5000);
});

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
