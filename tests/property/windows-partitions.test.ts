import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { type Aggregate, type DeadLetter, each, type Pipeline, pipeline, type Source, type Stream } from '../../src/index.ts';
import { embeddedAs } from '../../src/runtime/embedded.ts';
import { session, sliding, tumbling } from '../../src/windows/time.ts';
import { local } from '../stages/lives.ts';
import { lineOf } from './windows-compared.ts';
import { type Entry, type Kind, WindowModel } from './windows-model.ts';

// Partitions that are each in order, up to the disorder that is stated, whatever they are to each other: then nothing is
// late, and each window has one pane with all of its records. A watermark that is ahead of any of them breaks it.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const asked = { numRuns: isFull ? 250 : 12, ...(given === undefined ? {} : { seed: Number(given) }) };

interface Part {
  readonly entries: readonly Entry[];
  readonly perRead: number;
  /** What each read waits for, in turns. */
  readonly waits: readonly number[];
}

interface Many {
  readonly sources: readonly (readonly Part[])[];
  readonly disorder: number;
  readonly window: Exclude<Kind, { readonly kind: 'global' }>;
  readonly chunk: number;
  readonly copies: number | undefined;
}

const part = fc.record({
  steps: fc.array(fc.record({ on: fc.nat(9), back: fc.nat(30), key: fc.constantFrom('a', 'b', 'c', 'd') }), { maxLength: 25 }),
  from: fc.nat(60),
  perRead: fc.integer({ min: 1, max: 9 }),
  waits: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
});

const many: fc.Arbitrary<Many> = fc
  .record({
    parts: fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
    disorder: fc.constantFrom(0, 0, 7, 30),
    window: fc.constantFrom<Many['window']>(
      { kind: 'tumbling', size: 10 },
      { kind: 'sliding', size: 20, every: 7 },
      { kind: 'session', gap: 6 },
    ),
    chunk: fc.constantFrom(1, 7, 1024),
    copies: fc.constantFrom(undefined, 1, 2, 3),
  })
  .map(({ parts, ...rest }) => {
    let value = 0;
    const sources = parts.map((partitions) =>
      partitions.map(({ steps, from, ...reads }) => {
        let newest = from;
        const entries = steps.map(
          ({ on, back, key }): Entry => ({ key, at: (newest += on) - Math.min(back, rest.disorder), value: value++ }),
        );
        return { entries, ...reads };
      }),
    );
    return { sources, ...rest };
  });

test('no record is late where each partition is in order, whatever its speed: one source or two, in one piece or as copies', async () => {
  await fc.assert(
    fc.asyncProperty(many, async (scene) => {
      const { lines, late } = await panesOf(scene);
      expect(late).toEqual([]);
      expect(lines.toSorted()).toEqual(expectedOf(scene).toSorted());
    }),
    asked,
  );
}, 120_000);

function expectedOf({ sources, window }: Many): string[] {
  const model = new WindowModel({ window, panes: 'accumulating', lateness: 0 });
  for (const { entries } of sources.flat()) for (const entry of entries) model.record(entry);
  model.end();
  return model.panes.map(lineOf);
}

const numbers: Aggregate<Entry, readonly number[], number, number[]> = {
  of: ({ value }) => value,
  create: () => [],
  add: (state, value) => void state.push(value),
  merge: (state, later) => void state.push(...later),
  extract: (state) => state.toSorted((a, b) => a - b),
};

async function panesOf({
  sources,
  disorder,
  window,
  chunk,
  copies,
}: Many): Promise<{ readonly lines: string[]; readonly late: unknown[] }> {
  const world = virtualWorld();
  const plan = pipeline('partitions');
  const lines: string[] = [];
  const late: unknown[] = [];
  const [first, ...others] = sources.map(
    (parts, at): Stream<Entry> => plan.from(sourceOf(`source ${at}`, parts)).eventTime((entry) => entry.at, { disorder }),
  );
  const spec =
    window.kind === 'tumbling'
      ? tumbling(window.size)
      : window.kind === 'sliding'
        ? sliding(window.size, window.every)
        : session(window.gap);
  first!
    .merge(...others)
    .keyBy((entry) => entry.key)
    .window('window', spec)
    .aggregate({ values: numbers })
    .to(
      each(({ key, window: { start, end }, pane: { index, timing }, values }) => {
        lines.push(lineOf({ key, start, end, index, timing, values }));
      }),
    );
  plan.deadLetters().to(each((letter: DeadLetter) => void late.push(letter.value)));
  const runtime = embeddedAs({ world, chunk, codegen: 'never' }, (described) =>
    copies === undefined ? undefined : { parallelism: copies, makeStage: (cut) => local(described, cut) },
  );
  const run = await runtime.start(plan as Pipeline, { signals: false });
  await world.until(run.done);
  return { lines, late };
}

function sourceOf(id: string, parts: readonly Part[]): Source<Entry> {
  return {
    kind: 'parts',
    id,
    partitions: () => [...parts.keys()],
    open(partition, _resume, { world }) {
      const { entries, perRead, waits } = parts[partition as number]!;
      let at = 0;
      let reads = 0;
      return {
        async read(limit) {
          await new Promise<void>((go) => world.scheduler.after(waits[reads++ % waits.length]!, go));
          const first = at;
          at = Math.min(entries.length, at + Math.min(limit, perRead));
          return { values: entries.slice(first, at), positions: { first }, resume: at, end: at === entries.length };
        },
        close() {},
      };
    },
  };
}
