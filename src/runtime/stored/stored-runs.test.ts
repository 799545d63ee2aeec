import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../../base/dying-files.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import type { Sink } from '../../core/sink.ts';
import type { Source } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { type Pipeline, pipeline } from '../../pipeline/pipeline.ts';
import { embedded, type EmbeddedOptions } from '../embedded.ts';
import { start } from '../run.ts';
import type { RunOptions } from '../runtime.ts';

const RECORDS = 20;
const FOLDER = '/state/pipelines/totals/store';

const numbers: Source<number> = {
  kind: 'numbers',
  id: 'numbers',
  replay: true,
  partitions: () => [0],
  open(_partition, resume) {
    let next = (resume as number | undefined) ?? 0;
    return {
      async read() {
        const first = next;
        next = Math.min(RECORDS, first + 3);
        return {
          values: Array.from({ length: next - first }, (_, i) => first + i),
          positions: { first },
          resume: next,
          end: next === RECORDS,
        };
      },
      close() {},
    };
  },
};

interface Spent {
  n: number;
  sum: number;
  last: number[];
}

/** What sinks outside keep, whatever becomes of the process. */
class Outside {
  readonly committed: string[] = [];
  readonly #done = new Set<string>();

  sink(): Sink<string> {
    const commit = (tokens: readonly string[]): void => {
      for (const token of tokens.filter((one) => !this.#done.has(one))) {
        this.#done.add(token);
        this.committed.push(...(JSON.parse(token) as { values: string[] }).values);
      }
    };
    return {
      kind: 'outside',
      id: 'outside',
      delivery: 'twoPhase',
      open({ committed }) {
        let open: string[] = [];
        commit(committed);
        return {
          write: ({ values }) => void open.push(...(values as string[])),
          prepare(n) {
            const token = JSON.stringify({ n, values: open });
            open = [];
            return token;
          },
          commit,
          close() {},
        };
      },
    };
  }
}

/** State that is changed in place, and state that is a number. */
function totals(outside: Outside): Pipeline {
  return pipeline('totals')
    .from(numbers)
    .rateLimit({ records: 4, per: '1ms' })
    .keyBy((n) => `k${n % 7}`)
    .scan(
      'spent',
      (): Spent => ({ n: 0, sum: 0, last: [] }),
      (state, n) => {
        state.n++;
        state.sum += n;
        state.last = [...state.last.slice(-2), n];
        return state;
      },
    )
    .map(({ n, sum, last }) => `${n} ${sum} ${last.join()}`)
    .scan(
      'count',
      () => 0,
      (count) => count + 1,
    )
    .map((count, record) => `${String(record.key)} ${count}`)
    .to(outside.sink());
}

type State = EmbeddedOptions['state'];

async function live(virtual: VirtualWorld, world: World, outside: Outside, state: State, options: RunOptions = {}): Promise<boolean> {
  try {
    const runtime = embedded({ world, dir: '/state', checkpointEvery: '3ms', chunk: 2, ...(state === undefined ? {} : { state }) });
    const running = await start(totals(outside), { ...options, runtime });
    await virtual.until(running.done);
    return true;
  } catch {
    return false;
  }
}

/** What is committed where nothing happens. */
async function undisturbed(state: State): Promise<readonly string[]> {
  const outside = new Outside();
  const world = virtualWorld();
  expect(await live(world, world, outside, state)).toBe(true);
  return outside.committed;
}

const TINY: State = { kind: 'disk', overlay: 300, cache: 400 };

test('state on a disk gives the answer that state in memory gives', async () => {
  const expected = await undisturbed('memory');
  expect(expected).toHaveLength(RECORDS);
  expect(await undisturbed('disk')).toEqual(expected);
  expect(await undisturbed(TINY)).toEqual(expected);
});

/** All of them are tried by hand, with 1; each way of dying and each place begins elsewhere. */
const STEPS = Number(process.env['HEADRACE_STEPS'] ?? 12);

const lives: [string, Dying, State, number][] = (['before', 'half', 'after'] as const).flatMap((dying, at) => [
  ['memory', dying, 'memory', at] as [string, Dying, State, number],
  ['disk', dying, 'disk', at + 5] as [string, Dying, State, number],
  ['a disk with hardly any memory', dying, TINY, at + 8] as [string, Dying, State, number],
]);

test.each(lives)(
  'killed %s at a change of the disk, with a power cut and without, output is the same (%s)',
  async (_name, dying, state, from) => {
    const expected = await undisturbed('memory');
    for (let diesAt = from % STEPS; ; diesAt += STEPS) {
      for (const cuts of [false, true]) {
        const virtual = virtualWorld();
        const outside = new Outside();
        const files = dyingFiles(virtual.files, diesAt, dying);
        const survived = await live(virtual, { ...virtual, files }, outside, state);
        if (cuts) virtual.files.powerCut();
        if (!survived) expect(await live(virtual, virtual, outside, state), `the life after a death at change ${diesAt}`).toBe(true);
        expect(outside.committed, `a death at change ${diesAt}`).toEqual(expected);
        if (survived && cuts) return;
      }
    }
  },
  120_000,
);

/** Starts, lets some time pass, and stops. */
async function some(world: VirtualWorld, outside: Outside, state: State, options: RunOptions = {}): Promise<void> {
  const running = await start(totals(outside), {
    ...options,
    runtime: embedded({ world, dir: '/state', checkpointEvery: '1ms', state: state! }),
  });
  await world.advance(1);
  await world.until(running.stop());
}

test('state moves from memory to the disk by itself, and not back', async () => {
  const world = virtualWorld();
  const outside = new Outside();
  await some(world, outside, 'memory');
  expect(outside.committed.length).toBeGreaterThan(0);
  await some(world, outside, 'disk');
  expect(outside.committed.length).toBeLessThan(RECORDS);
  await expect(start(totals(outside), { runtime: embedded({ world, dir: '/state' }) })).rejects.toMatchObject({
    code: 'HR_STATE_STORE_APART',
  });
  expect(await live(world, world, outside, 'disk')).toBe(true);
  expect(outside.committed).toEqual(await undisturbed('memory'));
});

test('who begins anew gets a new store, and the old one goes when the first checkpoint is committed', async () => {
  const world = virtualWorld();
  const outside = new Outside();
  expect(await live(world, world, outside, 'disk')).toBe(true);
  expect(await world.files.list(FOLDER)).toEqual(['store-1']);
  expect(await live(world, world, outside, 'disk', { again: true })).toBe(true);
  expect(await world.files.list(FOLDER)).toEqual(['store-2']);
  const expected = await undisturbed('memory');
  expect(outside.committed).toEqual([...expected, ...expected]);
});

test('a store cannot go back to an older checkpoint, also with leave', async () => {
  const world = virtualWorld();
  const outside = new Outside();
  await some(world, outside, 'disk');
  const [older] = (await world.files.list('/state/pipelines/totals')).filter((name) => name.endsWith('.ckpt'));
  const options = { from: Number.parseInt(older!, 10), acceptDuplicates: true };
  const runtime = embedded({ world, dir: '/state', state: 'disk' });
  await expect(start(totals(outside), { ...options, runtime })).rejects.toMatchObject({
    code: 'HR_STATE_STORE_APART',
    what: /cannot go back/,
  });
  expect(await live(world, world, outside, 'disk')).toBe(true);
});

test('state on the disk is refused where there is no folder, or more than one thread', async () => {
  const wrong = (options: EmbeddedOptions) => () => embedded(options);
  for (const options of [
    { state: 'disk' },
    { dir: '/state', state: 'disk', parallelism: 2 },
    { dir: '/state', state: 'tape' as 'disk' },
    { dir: '/state', state: { kind: 'disk', overlay: 'much' as '1MiB' } },
  ] satisfies EmbeddedOptions[])
    expect(wrong(options)).toThrow(expect.objectContaining({ code: expect.stringMatching(/HR_(OPTION|SIZE|UNIT)/) as string }));
});
