import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { collect } from '../connectors/values/collect.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import { fail } from '../core/failure.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { Checkpoints } from '../state/checkpoints.ts';
import { embeddedAs } from './embedded.ts';
import { run } from './run.ts';
import { PlanStage } from './stages/plan-stage.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };

// In a file of its own: a process that has run pipelines before has other chunks under way at the barrier.
test('a dead letter behind the barrier does not hold up a checkpoint whose barrier its sender has still to bring', async () => {
  const world = virtualWorld();
  const wait = (ms: number): Promise<void> => new Promise((done) => void world.scheduler.after(ms, done));
  const many = pipeline('many', { onError: 'deadLetter' });
  const letters = collect<unknown>();
  const waiting = many
    .from(values(Array.from({ length: 300 }, (_, n) => n)))
    .map((n) => n)
    .keyBy((n) => n % 16)
    .scan(
      'last',
      () => 0,
      (_last, n) => n,
    )
    .buffer({ items: 3 });
  // While these are slow the buffer is full, and what is refused below comes out of it right behind the barrier.
  waiting.mapAsync(() => wait(1), { concurrency: 2 }).to(each(() => {}));
  waiting.map((n) => (n % 3 === 0 ? fail('three') : n)).to(each(() => {}));
  many.deadLetters().to(letters);
  const taken: number[] = [];
  const nothing = async (): Promise<undefined> => undefined;
  const checkpoints: Checkpoints = {
    latest: nothing,
    takeBack: nothing,
    committed: nothing,
    close: nothing,
    write: async (n) => void taken.push(n),
  };
  const runtime = embeddedAs({ checkpoints, chunk: 1, checkpointEvery: '1ms', world }, (plan) => ({
    parallelism: 2,
    makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen: 'auto', chunkLimit: 1, budget, counters }),
  }));
  await world.until(run(many, { runtime, signals: false }), 60_000);
  expect(letters.values).toHaveLength(100);
  expect(taken.length).toBeGreaterThan(3);
});
