import { strict as assert } from 'node:assert';
import { isHeadraceError } from '../core/error.ts';
import type { Promised } from './kit.ts';
import type { ModelCase } from './model-kit.ts';

/** The promises of a model, in the order of docs/specs/model.md. */
export function modelPromises<X, Y, P>(): readonly Promised<ModelCase<X, Y, P>>[] {
  type Case = ModelCase<X, Y, P>;
  const learn = ({ model }: Case, examples: Case['examples']): void => {
    for (const [x, y] of examples) model.learnOne(x, y);
  };
  const answers = (model: Case['model'], examples: Case['examples']): readonly P[] =>
    examples.map(([x]) => structuredClone(model.predictOne(x)));
  const halves = ({ examples }: Case): readonly [Case['examples'], Case['examples']] => {
    const half = examples.length >> 1;
    return [examples.slice(0, half), examples.slice(half)];
  };
  return [
    {
      id: 'M1',
      says: 'an answer teaches it nothing',
      check: async (make) => {
        const made = await make();
        const [before, after] = halves(made);
        learn(made, before);
        const known = structuredClone(made.model.snapshot());
        const first = answers(made.model, after);
        assert.deepEqual(answers(made.model, after), first, 'asked twice it answers the same');
        assert.deepEqual(made.model.snapshot(), known, 'and knows what it knew');
      },
    },
    {
      id: 'M2',
      says: 'it leaves what it is given as it is',
      check: async (make) => {
        const made = await make();
        const before = structuredClone(made.examples);
        for (const [x, y] of made.examples) {
          made.model.predictOne(x);
          made.model.learnOne(x, y);
        }
        assert.deepEqual(made.examples, before);
      },
    },
    {
      id: 'M3',
      says: 'the order in which an object lists its features makes no difference',
      check: async (make) => {
        const [one, other] = [await make(), await make()];
        for (const [at, [x, y]] of one.examples.entries()) {
          assert.deepEqual(other.model.predictOne(turned(x, at)), one.model.predictOne(x), `example ${at}`);
          one.model.learnOne(x, y);
          other.model.learnOne(turned(x, at), y);
        }
        assert.deepEqual(other.model.snapshot(), one.model.snapshot());
      },
    },
    {
      id: 'M4',
      says: 'features may be missing, and those it has not learned of change no answer',
      check: async (make) => {
        const made = await make();
        const [before, after] = halves(made);
        learn(made, before);
        for (const [x] of after) {
          if (!isRecord(x)) continue;
          assert.deepEqual(made.model.predictOne({ ...x, 'never seen': 1e6 } as X), made.model.predictOne(x));
          assert.doesNotThrow(() => made.model.predictOne(Object.fromEntries(Object.entries(x).slice(1)) as X));
        }
      },
    },
    {
      id: 'M5',
      says: 'a snapshot is plain data, and a model that takes it up answers and learns on bit for bit',
      check: async (make) => {
        const made = await make();
        const [before, after] = halves(made);
        learn(made, before);
        const kept = structuredClone(made.model.snapshot());
        const copy = made.model.clone();
        for (const [x, y] of before) copy.learnOne(x, y);
        copy.restore(kept);
        assert.deepEqual(copy.snapshot(), kept, 'the snapshot of the copy is the one it took up');
        for (const [x, y] of after) {
          assert.deepEqual(copy.predictOne(x), made.model.predictOne(x));
          copy.learnOne(x, y);
          made.model.learnOne(x, y);
        }
        assert.deepEqual(copy.snapshot(), made.model.snapshot());
      },
    },
    {
      id: 'M6',
      says: 'what it learns after a snapshot is not in it',
      check: async (make) => {
        const made = await make();
        const [before, after] = halves(made);
        learn(made, before);
        const snapshot = made.model.snapshot();
        const then = structuredClone(snapshot);
        learn(made, after);
        assert.deepEqual(snapshot, then);
      },
    },
    {
      id: 'M7',
      says: 'a clone has learned nothing, and shares nothing with the model',
      check: async (make) => {
        const made = await make();
        const nothing = structuredClone(made.model.snapshot());
        learn(made, made.examples);
        const known = structuredClone(made.model.snapshot());
        const clone = made.model.clone();
        assert.deepEqual(clone.snapshot(), nothing);
        for (const [x, y] of made.examples.slice(0, 9)) clone.learnOne(x, y);
        assert.deepEqual(made.model.snapshot(), known);
      },
    },
    {
      id: 'M8',
      says: 'the same examples teach it the same',
      check: async (make) => {
        const [one, other] = [await make(), await make()];
        learn(one, one.examples);
        learn(other, other.examples);
        assert.deepEqual(other.model.snapshot(), one.model.snapshot());
      },
    },
    {
      id: 'M9',
      says: 'it refuses a snapshot of another model and stays as it was',
      check: async (make) => {
        const made = await make();
        learn(made, made.examples);
        const known = structuredClone(made.model.snapshot());
        refuses(() => made.model.restore({ format: 1, names: [], parts: [{ name: 'another', state: null }] }), 'a snapshot of another');
        refuses(() => made.model.restore({ ...(known as object), format: 999 }), 'a format that is to come');
        assert.deepEqual(made.model.snapshot(), known);
      },
    },
    {
      id: 'M10',
      says: 'what it refuses teaches it nothing',
      needs: 'bad',
      check: async (make) => {
        const made = await make();
        learn(made, made.examples);
        const known = structuredClone(made.model.snapshot());
        for (const x of made.bad ?? []) {
          refuses(() => made.model.learnOne(x, made.examples[0]![1]), 'learning');
          refuses(() => made.model.predictOne(x), 'answering');
        }
        assert.deepEqual(made.model.snapshot(), known);
      },
    },
    {
      id: 'M11',
      says: 'learning makes its answers better',
      check: async (make) => {
        const made = await make();
        const [before, after] = halves(made);
        const wrong = (): number => answers(made.model, after).reduce((sum, answer, at) => sum + made.wrong(answer, after[at]![1]), 0);
        const unlearned = wrong();
        learn(made, before);
        const learned = wrong();
        assert.ok(learned < unlearned, `it was wrong by ${unlearned} before and by ${learned} after ${before.length} examples`);
      },
    },
  ];
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null && !Array.isArray(x);

/** The same object with its members in another order. */
function turned<X>(x: X, by: number): X {
  if (!isRecord(x)) return x;
  const members = Object.entries(x);
  const at = by % Math.max(members.length, 1);
  return Object.fromEntries([...members.slice(at), ...members.slice(0, at)].toReversed()) as X;
}

function refuses(call: () => unknown, what: string): void {
  let error: unknown;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(isHeadraceError(error), `${what} is refused by a HeadraceError, not ${error instanceof Error ? error.message : 'taken'}`);
}
