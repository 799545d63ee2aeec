import { embeddedAs } from '../../src/runtime/embedded.ts';
import { OwnRecord } from '../../src/core/record-of.ts';
import { type VirtualWorld, virtualWorld } from '../../src/base/virtual-world.ts';
import type { Chunk } from '../../src/core/chunk.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import type { Pipeline, Sink, Source } from '../../src/index.ts';
import type { Run } from '../../src/runtime/runtime.ts';
import { local } from '../stages/lives.ts';
import { MemoryCheckpoints } from '../stages/memory-checkpoints.ts';

/** How a run is made: nothing of it may show in what it answers. */
export interface Way {
  readonly codegen: 'always' | 'never';
  readonly chunk: number;
  /** As stages with so many copies of those that are divided by key, a number for each life; in one piece where it is absent. */
  readonly copies?: readonly number[] | undefined;
  /** Where checkpoints are kept: in memory, each whole, unless told; or as files, which hold what has changed, with state in memory or in files too. */
  readonly keeps?: 'files' | 'files and state' | undefined;
  /** In front of these steps it takes a checkpoint. */
  readonly checkpoints?: readonly number[] | undefined;
  /** In front of these it dies, and a new life goes on from the newest checkpoint. */
  readonly deaths?: readonly number[] | undefined;
  /** In front of these it stops in order, and a new life goes on. */
  readonly stops?: readonly number[] | undefined;
}

/** A disk with hardly any memory beside it. */
const TINY = { kind: 'disk', overlay: 3000, cache: 800 } as const;

/** What happens outside: records come together, or time passes. */
export type Happening<T> = { readonly is: 'send'; readonly values: readonly T[] } | { readonly is: 'clock'; readonly ms: number };

/** What a sink was given. */
export interface Seen<O> {
  /** The number of the happening before; for rows of a life that is over, of the one before their commit. */
  readonly step: number;
  readonly value: O;
  readonly id: string;
  readonly time: number;
}

/** The world outside of all lives: what was sent, and what came out for good. */
export interface Outside<T, O> {
  readonly world: VirtualWorld;
  readonly source: Source<T>;
  readonly rows: Sink<O>;
  readonly letters: Sink<DeadLetter>;
}

export interface Played<O> {
  readonly seen: readonly Seen<O>[];
  /** The values of dead letters, in their order. */
  readonly letters: readonly { readonly value: unknown; readonly code: string }[];
  /** How many checkpoints there were. */
  readonly checkpoints: number;
}

/** Lives through what happens, and to the end of the data behind it. */
export async function played<T, O>(
  make: (outside: Outside<T, O>) => Pipeline,
  happenings: readonly Happening<T>[],
  way: Way,
  start = 0,
): Promise<Played<O>> {
  const world = virtualWorld({ start });
  const feed = new Feed<T>();
  let step = -1;
  const rows = new Kept<Seen<O>>();
  const letters = new Kept<Played<O>['letters'][number]>();
  const outside: Outside<T, O> = {
    world,
    source: feed.source(),
    rows: rows.sink<O>('panes', (value, chunk, i) => {
      const { id, eventTime: time } = new OwnRecord(chunk, i);
      return { step, value, id, time };
    }),
    letters: letters.sink<DeadLetter>('letters', ({ value, error }) => ({ value, code: error.code })),
  };
  const store = new MemoryCheckpoints();
  let lives = 0;
  let crash = new AbortController();
  const begin = async (): Promise<Run> => {
    crash = new AbortController();
    const copies = way.copies?.[Math.min(lives, way.copies.length - 1)];
    lives++;
    const kept = way.keeps === undefined ? { checkpoints: store } : { dir: '/kept', ...(way.keeps === 'files' ? {} : { state: TINY }) };
    const options = { ...kept, checkpointEvery: '10m', world, codegen: way.codegen, chunk: way.chunk } as const;
    const runtime = embeddedAs(options, (plan) =>
      copies === undefined ? undefined : { parallelism: copies, makeStage: (cut) => local(plan, cut) },
    );
    const run = await runtime.start(make(outside), { signals: false, signal: crash.signal });
    run.done.catch(() => {});
    return run;
  };
  let run = await begin();
  await world.settle();
  for (const [at, happening] of happenings.entries()) {
    if (way.deaths?.includes(at) === true) {
      crash.abort(new Error('crash'));
      await world.until(run.done.catch(() => {}));
      run = await begin();
      await world.settle();
    }
    if (way.stops?.includes(at) === true) {
      await world.until(run.stop());
      run = await begin();
      await world.settle();
    }
    step = at;
    // What comes behind the barrier is there before the checkpoint is written, and must not get into it.
    const checkpoint = way.checkpoints?.includes(at) === true ? run.checkpoint() : undefined;
    if (happening.is === 'send') feed.send(happening.values);
    else await world.advance(happening.ms);
    await world.settle();
    if (checkpoint !== undefined) await world.until(checkpoint);
  }
  step = happenings.length;
  feed.end();
  await world.until(run.done);
  return { seen: rows.committed, letters: letters.committed, checkpoints: store.taken };
}

/** One partition with positions 0, 1, 2, …, which answers what was sent until then. */
class Feed<T> {
  readonly #values: T[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  send(values: readonly T[]): void {
    this.#values.push(...values);
    this.#tell();
  }

  end(): void {
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    for (const go of [...this.#waiting]) go();
  }

  source(): Source<T> {
    return {
      kind: 'feed',
      id: 'feed',
      replay: true,
      partitions: () => [0],
      open: (_partition, resume) => {
        let at = typeof resume === 'number' ? resume : 0;
        return {
          read: async (limit, signal) => {
            while (at === this.#values.length && !this.#isOver && !signal.aborted) await this.#more(signal);
            const first = at;
            at = Math.min(this.#values.length, at + limit);
            const values = structuredClone(this.#values.slice(first, at));
            return { values, positions: { first }, resume: at, end: this.#isOver && at === this.#values.length };
          },
          close() {},
        };
      },
    };
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
    });
  }
}

/** What a sink has committed, and what it has prepared; a life that dies takes with it what it only wrote. */
class Kept<R> {
  readonly committed: R[] = [];
  readonly #prepared = new Map<string, readonly R[]>();

  sink<V>(id: string, of: (value: V, chunk: Chunk, at: number) => R): Sink<V> {
    return {
      kind: 'kept',
      id,
      delivery: 'twoPhase',
      open: ({ committed }) => {
        for (const token of committed) this.#commit(token as string);
        this.#prepared.clear();
        let rows: R[] = [];
        return {
          write: (chunk) => void rows.push(...chunk.values.map((value, at) => of(value, chunk, at))),
          prepare: async (n) => {
            this.#prepared.set(`${n}`, rows);
            rows = [];
            return `${n}`;
          },
          commit: (tokens) => {
            for (const token of tokens) this.#commit(token as string);
          },
          close() {},
        };
      },
    };
  }

  #commit(token: string): void {
    this.committed.push(...(this.#prepared.get(token) ?? []));
    this.#prepared.delete(token);
  }
}
