import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byEnd, inOrder, modelled, produced, type Scene, type SteppedPane } from './windows-compared.ts';
import type { Kind, Mistake } from './windows-model.ts';
import { scenes } from './windows-random.ts';
import type { Way } from './windows-running.ts';

// Random streams against the model, which is held against Beam in windows-golden.test.ts. A failure prints the stream, the
// seed and the path; run the one again with HEADRACE_SEED=<seed>.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const asked = (numRuns: number): fc.Parameters<unknown> => ({
  numRuns,
  // A stream is made smaller as long as there is time.
  interruptAfterTimeLimit: 200_000,
  markInterruptAsFailure: true,
  ...(given === undefined ? {} : { seed: Number(given) }),
});

const WAYS: readonly Way[] = [1, 7, 1024].flatMap((chunk) => [
  { codegen: 'always' as const, chunk },
  { codegen: 'never' as const, chunk },
]);
/** Where a run that was cut off goes on: other owners of its keys, or what files have kept of it. */
const ELSEWHERE: readonly Pick<Way, 'copies' | 'keeps'>[] = [{ copies: [2, 3, 1] }, { keeps: 'files' }, { keeps: 'files and state' }];
const KINDS: readonly Kind['kind'][] = ['tumbling', 'sliding', 'session', 'global'];

test('windows of a random stream have the panes the model says, at the moment it says, in chunks of 1, 7 and 1,024, generated or not', async () => {
  await fc.assert(
    fc.asyncProperty(scenes(), async (scene) => {
      const model = modelled(scene);
      let ids: ReadonlyMap<string, string> | undefined;
      for (const way of WAYS) {
        const product = await produced(scene, way);
        const what = JSON.stringify(way);
        expect(inOrder(product.panes, true), what).toEqual(inOrder(model.panes, true));
        expect(product.late, what).toEqual(model.late);
        expect(product.refused, what).toEqual(model.refused);
        // Lists do not say which of them are on time.
        expect(scene.fold === 'toArray' || byEnd(product.panes), `${what}: by end`).toBe(true);
        // The id of a pane says operator, key, window and index: no two panes have it, and the same pane has it in every run.
        expect(product.ids.size, what).toBe(product.panes.length);
        expect(product.ids, what).toEqual((ids ??= product.ids));
      }
    }),
    asked(isFull ? 300 : 6),
  );
}, 300_000);

test('two copies of a window, by key, have the same panes', async () => {
  await fc.assert(
    fc.asyncProperty(scenes(), async (scene) => {
      const model = modelled(scene);
      const product = await produced(scene, { codegen: 'always', chunk: 7, copies: [2] });
      expect(inOrder(product.panes, true)).toEqual(inOrder(model.panes, true));
      expect(sorted(product.late)).toEqual(sorted(model.late));
      expect(sorted(product.refused)).toEqual(sorted(model.refused));
    }),
    asked(isFull ? 150 : 3),
  );
}, 300_000);

for (const kind of KINDS) {
  test(`a ${kind} window that is cut off in the middle, and goes on, also elsewhere, has the panes of one that was not`, async () => {
    const disturbed = fc.tuple(scenes('no panes by the clock', [kind]), fc.infiniteStream(fc.nat(99)), fc.nat());
    await fc.assert(
      fc.asyncProperty(disturbed, async ([scene, draws, how]) => {
        const model = modelled(scene);
        for (const elsewhere of ELSEWHERE) {
          const product = await produced(scene, {
            codegen: 'always',
            chunk: [1, 7, 1024][how % 3]!,
            ...elsewhere,
            ...cutOff(scene, draws),
          });
          expect(inOrder(product.panes, false)).toEqual(inOrder(model.panes, false));
          expect(sorted(product.late)).toEqual(sorted(model.late));
          expect(sorted(product.refused)).toEqual(sorted(model.refused));
          expect(product.ids.size).toBe(product.panes.length);
        }
      }),
      asked(isFull ? 60 : 2),
    );
  }, 300_000);
}

test('early panes by the clock of a run that is cut off come when they come, and what they show is shown once', async () => {
  const byClock = fc.tuple(scenes('only by the clock'), fc.infiniteStream(fc.nat(99)));
  await fc.assert(
    fc.asyncProperty(byClock, async ([scene, draws]) => {
      const model = modelled(scene);
      for (const elsewhere of [{}, { copies: [2, 3, 1] }]) {
        const product = await produced(scene, { codegen: 'never', chunk: 7, ...elsewhere, ...cutOff(scene, draws) });
        expect(shownOf(product.panes, scene.ways.panes)).toEqual(shownOf(model.panes, scene.ways.panes));
        expect(product.ids.size).toBe(product.panes.length);
        expect(sorted(product.late)).toEqual(sorted(model.late));
      }
    }),
    asked(isFull ? 60 : 2),
  );
}, 300_000);

/** Each pane that discards shows what no other has; of those that accumulate the last ones are what they would be anyway. */
function shownOf(panes: readonly SteppedPane[], mode: 'accumulating' | 'discarding'): string[] {
  if (mode === 'discarding') return panes.flatMap(({ key, values }) => values.map((value) => `${key} ${value}`)).toSorted();
  return inOrder(
    panes.filter(({ timing }) => timing !== 'early').map((pane) => ({ ...pane, index: 0 })),
    false,
  );
}

/** What is late or refused in several copies comes in no order. */
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** It takes a checkpoint in front of half the steps, and dies or stops in front of every third. */
function cutOff({ happenings }: Scene, draws: Iterator<number, unknown>): Pick<Way, 'checkpoints' | 'deaths' | 'stops'> {
  const some = (one: number): number[] => [...happenings.keys()].filter(() => (draws.next().value as number) % one === 0);
  return { checkpoints: some(2), deaths: some(4), stops: some(8) };
}

// These show that the property can fail: each is the model with one mistake in it, which the product does not share.
test.each<Mistake>([
  'late records taken',
  'late records lost',
  'refused records kept',
  'no pane for what was shown',
  'sessions touch',
  'merges forget',
  'index goes on',
  'fires one too late',
])('the property finds a model that is wrong by %s', async (mistake) => {
  const wrong = fc.asyncProperty(scenes(), async (scene) => {
    const model = modelled(scene, mistake);
    const product = await produced(scene, { codegen: 'never', chunk: 1024 });
    expect(inOrder(product.panes, true)).toEqual(inOrder(model.panes, true));
    expect(product.late).toEqual(model.late);
  });
  const result = await fc.check(wrong, { numRuns: 300, seed: 7, endOnFailure: true });
  expect(result.failed).toBe(true);
});
