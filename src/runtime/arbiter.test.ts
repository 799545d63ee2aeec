import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { json } from '../codecs/json.ts';
import { fileSink } from '../connectors/files/file-sink.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import { pipeline, planFor } from '../pipeline/pipeline.ts';
import { embedded } from './embedded.ts';
import { committedIn } from './output-rig.ts';
import type { RunOptions } from './runtime.ts';

/** A database outside of the run: rows, and the checkpoint they belong to, changed in one transaction. */
interface Database {
  readonly rows: number[];
  decided: number | undefined;
}

type Dying = 'before the commit' | 'after the commit';

/** Dies at the `diesAt`-th commit, counted from 1, in the way that is told. */
function database(into: Database, diesAt = 0, dying: Dying = 'before the commit'): Sink<number> {
  let commits = 0;
  let isDead = false;
  const dead = new Error('the database is gone');
  return {
    kind: 'database',
    id: 'database:sums',
    delivery: 'arbiter',
    decided: () => into.decided,
    open() {
      let rows: number[] = [];
      let ready: { readonly n: number; readonly rows: readonly number[] } | undefined;
      return {
        write({ values: chunk }) {
          rows.push(...chunk);
        },
        prepare(n) {
          ready = { n, rows };
          rows = [];
          return String(n);
        },
        commit([token]) {
          if (token === String(into.decided)) return;
          if (isDead) throw dead;
          isDead = ++commits === diesAt;
          if (isDead && dying === 'before the commit') throw dead;
          into.rows.push(...ready!.rows);
          into.decided = ready!.n;
          if (isDead) throw dead;
        },
        close() {},
      };
    },
  };
}

const COUNT = 60;
const sums: readonly number[] = Array.from({ length: COUNT }, (_, i) => ((i + 1) * (i + 2)) / 2);

/** Five numbers a millisecond. */
function numbers({ scheduler }: VirtualWorld): Source<number> {
  return {
    kind: 'numbers',
    id: 'numbers',
    partitions: () => [0],
    open(_partition, resume) {
      let next = typeof resume === 'number' ? resume : 1;
      return {
        async read() {
          await new Promise<void>((go) => scheduler.after(1, go));
          const first = next;
          next += 5;
          return { values: [0, 1, 2, 3, 4].map((i) => first + i), positions: { first }, resume: next, end: next > COUNT };
        },
        close() {},
      };
    },
  };
}

/** One process on the disk of the world; answers what it ended with. */
async function life(world: VirtualWorld, sink: Sink<number>, options: RunOptions = {}): Promise<unknown> {
  const plan = pipeline('sums');
  const all = plan.from(numbers(world)).scan(
    'sum',
    () => 0,
    (sum, n) => sum + n,
  );
  all.to(sink);
  all.to(fileSink('/sums.jsonl', json()));
  try {
    const running = await embedded({ dir: '/state', checkpointEvery: 3, world }).start(plan, options);
    await world.until(running.done, 1000);
    return undefined;
  } catch (error) {
    return error;
  }
}

for (const dying of ['before the commit', 'after the commit'] as const) {
  test(`a run that dies ${dying} of the arbiter goes on from what the arbiter says, and so do all other sinks`, async () => {
    for (let diesAt = 1; diesAt <= 4; diesAt++) {
      const world = virtualWorld();
      const rows: Database = { rows: [], decided: undefined };
      expect(await life(world, database(rows, diesAt, dying))).toMatchObject({ code: 'HR_CHECKPOINT_FAILED' });
      // Nobody may commit a checkpoint that the arbiter has not.
      expect((await committedIn<number>(world.files, 'sums')).length).toBeLessThanOrEqual(rows.rows.length);
      expect(await life(world, database(rows))).toBeUndefined();
      expect(rows.rows).toEqual(sums);
      expect(await committedIn<number>(world.files, 'sums')).toEqual(sums);
    }
  });
}

test('a start with the database of another state folder is refused', async () => {
  const world = virtualWorld();
  const rows: Database = { rows: [], decided: undefined };
  expect(await life(world, database(rows))).toBeUndefined();
  expect(await life(world, database({ rows: [], decided: undefined }))).toMatchObject({ code: 'HR_ARBITER_APART' });
  expect(await life(world, database({ rows: [], decided: 99 }))).toMatchObject({ code: 'HR_ARBITER_APART' });
  expect(await life(virtualWorld(), database(rows))).toMatchObject({ code: 'HR_ARBITER_APART' });
  // The right one: there is nothing left to do.
  expect(await life(world, database(rows))).toBeUndefined();
  expect(rows.rows).toEqual(sums);
});

test('an arbiter that joins a pipeline later takes part from there', async () => {
  const world = virtualWorld();
  const without: Database = { rows: [], decided: undefined };
  const plain: Sink<number> = { ...database(without), delivery: 'none', id: 'plain' };
  expect(await life(world, plain)).toBeUndefined();
  const joined: Database = { rows: [], decided: undefined };
  expect(await life(world, database(joined), { again: true })).toBeUndefined();
  expect(joined.rows).toEqual(sums);
});

test('a plan has one arbiter', () => {
  const plan = pipeline('two');
  const source = plan.from(numbers(virtualWorld()));
  source.to(database({ rows: [], decided: undefined }), { name: 'a' });
  source.to(database({ rows: [], decided: undefined }), { name: 'b' });
  expect(() => planFor(plan)).toThrow(/this is the second/);
});
