import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { collect } from '../connectors/values/collect.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import { fail } from '../core/failure.ts';
import type { World } from '../core/world.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { Checkpoints } from '../state/checkpoints.ts';
import { embeddedAs } from './embedded.ts';
import { run } from './run.ts';
import type { Runtime } from './runtime.ts';
import { PlanStage } from './stages/plan-stage.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };

test('a dead letter behind the barrier does not hold up a checkpoint whose barrier its sender has still to bring', async () => {
  const taken: number[] = [];
  const nothing = async (): Promise<undefined> => undefined;
  const write = async (n: number): Promise<void> => void taken.push(n);
  const checkpoints: Checkpoints = { latest: nothing, takeBack: nothing, committed: nothing, close: nothing, write };
  const runtime = (world?: World): Runtime =>
    embeddedAs({ checkpoints, chunk: 1, checkpointEvery: '1ms', ...(world === undefined ? {} : { world }) }, (plan) => ({
      parallelism: 2,
      makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen: 'auto', chunkLimit: 1, budget, counters }),
    }));
  // Code is loaded in real time.
  await run(
    pipeline('first')
      .from(values([1]))
      .to(each(() => {})),
    { runtime: runtime(), signals: false },
  );

  const world = virtualWorld();
  const wait = (ms: number): Promise<void> => new Promise((done) => void world.scheduler.after(ms, done));
  const many = pipeline('many', { onError: 'deadLetter' });
  const letters = collect<unknown>();
  const waiting = many
    .from(values(Array.from({ length: 200 }, (_, n) => n)))
    .keyBy((n) => n % 16)
    .buffer({ items: 3 });
  // While these are slow the buffer is full, and what is refused comes out of it right behind the barrier.
  const slowly = async (some: readonly number[]) => {
    await wait(some.length % 4);
    return some.map((n) => (n % 5 === 0 ? fail('five') : n));
  };
  waiting
    .mapBatch(slowly, { max: 6, within: 2, concurrency: 2 })
    .mapAsync(() => wait(1), { concurrency: 3 })
    .to(each(() => {}));
  waiting.map((n) => (n % 3 === 0 ? fail('three') : n)).to(each(() => {}));
  many.deadLetters().to(letters);
  await world.until(run(many, { runtime: runtime(world), signals: false }), 60_000);
  expect(letters.values).toHaveLength(107);
  expect(taken.length).toBeGreaterThan(3);
});
