import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { each, pipeline, type Source, start } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
// The table itself: a run cannot tell its pause from the rest of what a barrier does. It is no part of the documented interface.
import { KeyedStates } from 'headrace/runtimes/keyed-states';
import { median } from './kit/judge.ts';
import type { Candidate, Contest, Outcome, Peer, Question } from './kit/question.ts';

const KEYS = 100_000;
const GROUPS = 128;
/** Pauses are so short that one of them would tell the time of day. */
const PAUSES = 51;
const CLONES = 5;

interface Spent {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly min: number;
  readonly max: number;
}

const keyOf = (i: number): string => `customer ${i}`;
const numberOf = (i: number): number => (i % 1000) + 0.5;
const objectOf = (i: number): Spent => ({ count: i % 1000, mean: i / 7, m2: i / 3, min: 0, max: i });

/** Of keys that are numbered as they are named. */
const table = {
  size: KEYS,
  idOf: (key: unknown): number => Number(String(key).slice('customer '.length)),
  keyAt: keyOf,
  groupAt: (id: number): number => id % GROUPS,
};

interface Kind<S> {
  readonly stateOf: (i: number) => S;
  /** What the answer adds up of a state. */
  readonly amount: (state: S) => number;
}
const numbers: Kind<number> = { stateOf: numberOf, amount: (state) => state };
const objects: Kind<Spent> = { stateOf: objectOf, amount: (state) => state.count };

/** The middle of so many pauses, in ms, and what the last of them holds. */
function pauses<C>(times: number, pause: () => C, drop: (captured: C) => void = () => {}): { readonly wallMs: number; readonly last: C } {
  const spent: number[] = [];
  for (;;) {
    const started = performance.now();
    const captured = pause();
    spent.push(performance.now() - started);
    if (spent.length === times) return { wallMs: median(spent), last: captured };
    drop(captured);
  }
}

function captured<S>({ stateOf, amount }: Kind<S>): Candidate {
  return {
    name: 'headrace, capture',
    records: KEYS,
    async run(keys) {
      const states = new KeyedStates<S>({ name: 'spent' }, table);
      for (let i = 0; i < keys; i++) states.set(i, stateOf(i));
      const { wallMs, last } = pauses(
        PAUSES,
        () => states.capture('scan'),
        (capture) => capture.drop(),
      );
      // What comes after the barrier is no part of it.
      for (let i = 0; i < keys; i += 10) states.set(i, stateOf(i + 1));
      const copy = new KeyedStates<S>({ name: 'spent' }, table);
      await last.write({ section: ({ codec }, bytes) => copy.restore(codec, bytes) });
      let sum = 0;
      for (const id of copy.ids()) sum += amount(copy.get(id)!);
      return { answer: { keys: copy.count, sum }, wallMs };
    },
  };
}

function cloned<S>({ stateOf, amount }: Kind<S>, floor: Pick<Peer, 'atLeast'> = {}): Peer {
  return {
    name: 'structuredClone of a Map',
    ...floor,
    records: KEYS,
    run(keys) {
      const states = new Map(Array.from({ length: keys }, (_, i) => [keyOf(i), stateOf(i)]));
      const { wallMs, last } = pauses(CLONES, () => structuredClone(states));
      let sum = 0;
      for (const state of last.values()) sum += amount(state);
      return { answer: { keys: last.size, sum }, wallMs };
    },
  };
}

function expected<S>({ stateOf, amount }: Kind<S>): Contest['expected'] {
  return (keys) => {
    let sum = 0;
    for (let i = 0; i < keys; i++) sum += amount(stateOf(i));
    return { keys, sum };
  };
}

/** So many records, each with a key of its own; then it waits until it is let go. */
function waiting(records: number, letGo: Promise<void>): Source<number> {
  return {
    kind: 'waiting',
    id: 'waiting',
    partitions: () => [0],
    open() {
      let next = 0;
      return {
        async read(limit) {
          const first = next;
          next = Math.min(records, first + limit);
          const isLast = first === records;
          if (isLast) await letGo;
          return { values: Array.from({ length: next - first }, (_, i) => first + i), positions: { first }, resume: next, end: isLast };
        },
        close() {},
      };
    },
  };
}

/** A run that has seen all keys and has nothing else to do takes a checkpoint: how long does it hold up the event loop? */
async function checkpointed(keys: number): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const { promise: letGo, resolve } = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  let records = 0;
  try {
    const running = await start(
      pipeline('captured')
        .from(waiting(keys, letGo))
        .keyBy(keyOf)
        .scan(
          'spent',
          () => objectOf(0),
          (_, i) => objectOf(i),
        )
        .to(each(() => void (++records === keys && seen.resolve()))),
      { runtime: embedded({ dir, checkpointEvery: '1h' }) },
    );
    await seen.promise;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    // The histogram starts with the first tick of its timer.
    await new Promise((tick) => setTimeout(tick, 20));
    delay.reset();
    const started = performance.now();
    await running.checkpoint();
    const wallMs = performance.now() - started;
    delay.disable();
    resolve();
    await running.done;
    return { answer: { records }, wallMs, figures: { 'all ms': wallMs, 'longest ms': delay.max / 1e6 } };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const capture: Question = {
  name: 'capture',
  asks: 'how long does a barrier hold up 100,000 keys?',
  unit: 'key',
  contests: [
    {
      title: 'the pause, states that are numbers',
      by: 'wall',
      ours: captured(numbers),
      peers: [cloned(numbers, { atLeast: 100 })],
      expected: expected(numbers),
    },
    {
      title: 'the pause, states that are objects of five numbers',
      by: 'wall',
      ours: captured(objects),
      peers: [cloned(objects)],
      expected: expected(objects),
      rounds: 3,
    },
    {
      title: 'a whole checkpoint of the objects, encoded behind the barrier and written to a folder',
      by: 'wall',
      ours: { name: 'headrace, checkpoint', records: KEYS, run: checkpointed },
      peers: [],
      expected: (records) => ({ records }),
    },
  ],
};
