import fc from 'fast-check';
import type { Scene } from './windows-compared.ts';
import type { Entry, Kind, Ways } from './windows-model.ts';
import { type Fold, FOLDS, type Sent } from './windows-product.ts';
import type { Happening } from './windows-running.ts';

const KEYS = ['a', 'b', 'c', '__proto__'];

const kinds: Readonly<Record<Kind['kind'], fc.Arbitrary<Kind>>> = {
  tumbling: fc.record({ kind: fc.constant('tumbling' as const), size: fc.integer({ min: 1, max: 20 }), offset: fc.nat(5) }),
  sliding: fc
    // The long ones give a key more windows than are looked through one by one.
    .record({ size: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 30, max: 60 })), every: fc.integer({ min: 1, max: 20 }) })
    .map(({ size, every }) => ({ kind: 'sliding', size: Math.max(size, every), every: Math.min(size, every) })),
  session: fc.record({ kind: fc.constant('session' as const), gap: fc.integer({ min: 1, max: 12 }) }),
  global: fc.constant({ kind: 'global' as const }),
};

type Early = 'no panes by the clock' | 'also by the clock' | 'only by the clock';

function ways(early: Early, only: readonly Kind['kind'][]): fc.Arbitrary<Ways> {
  const records = fc.record({ records: fc.integer({ min: 1, max: 4 }) });
  const clock = fc.record({ clock: fc.integer({ min: 1, max: 20 }) });
  return fc.record({
    window: fc.oneof(...only.map((kind) => kinds[kind])),
    panes: fc.constantFrom('accumulating' as const, 'discarding' as const),
    lateness: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })),
    early:
      early === 'only by the clock' ? clock : fc.oneof(fc.constant(undefined), records, ...(early === 'also by the clock' ? [clock] : [])),
  });
}

/** A record as it is drawn: how far behind the time that has come, or ahead of it. */
const drawn = fc.record({
  key: fc.constantFrom(...KEYS),
  behind: fc.oneof({ arbitrary: fc.integer({ min: -6, max: 6 }), weight: 4 }, { arbitrary: fc.integer({ min: 0, max: 60 }), weight: 1 }),
});

const sends = fc.array(drawn, { minLength: 1, maxLength: 14 });
const passes = fc.integer({ min: 1, max: 15 });

/** Random streams: time goes on with each record by 0 to 6 ms, begins before 1970, and sometimes leaps. */
export function scenes(
  early: Early = 'also by the clock',
  only: readonly Kind['kind'][] = ['tumbling', 'sliding', 'session', 'global'],
): fc.Arbitrary<Scene> {
  return fc
    .record({
      ways: ways(early, only),
      // Lists do not say which pane they are.
      fold: early === 'only by the clock' ? fc.constant<Fold>('aggregate') : fc.constantFrom(...FOLDS),
      isKeyed: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
      refusing: fc.option(fc.integer({ min: 2, max: 7 }), { nil: undefined, freq: 2 }),
      isAsync: fc.boolean(),
      disorder: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 25 })),
      drawn: fc.array(fc.oneof({ arbitrary: sends, weight: 3 }, { arbitrary: passes, weight: 2 }), { minLength: 1, maxLength: 14 }),
      leap: fc.nat(200),
    })
    .map(({ drawn: all, leap, refusing, ...scene }) => {
      let time = -20;
      let value = 0;
      const happenings = all.map((one): Happening<Sent> => {
        if (typeof one === 'number') {
          time += one === 7 ? leap : 0;
          return { is: 'clock', ms: one };
        }
        const values = one.map(({ key, behind }): Entry => {
          time += behind < 0 ? -behind : 0;
          return { key, at: time - Math.max(0, behind), value: value++ };
        });
        return { is: 'send', values };
      });
      // Lists call no function of the user.
      const refuses = refusing === undefined || scene.fold === 'toArray' ? undefined : (one: number): boolean => one % refusing === 1;
      // What waits for an answer waits for the clock too, and early panes by the clock come before it or behind it.
      const isAsync = scene.isAsync && early === 'no panes by the clock';
      return readable({ ...scene, isAsync, refuses, happenings });
    });
}

/** What fast-check prints. */
function readable(scene: Scene): Scene {
  const lines = scene.happenings.map((one, at) =>
    one.is === 'clock'
      ? `  ${at}: the clock goes on by ${one.ms}`
      : `  ${at}: ${one.values.map((sent) => ('mark' in sent ? `mark ${sent.mark}` : `${sent.key}@${sent.at}#${sent.value}`)).join(' ')}`,
  );
  const { ways: asked, disorder, fold, isKeyed, isAsync, refuses } = scene;
  const refused =
    refuses === undefined
      ? ''
      : `, refuses ${Array.from({ length: 20 }, (_, i) => i)
          .filter(refuses)
          .join(' ')} …`;
  const how = `${String(fold)}${isKeyed === true ? '' : ', no keys'}${isAsync === true ? ', asynchronous' : ''}${refused}`;
  const text = `\n${JSON.stringify(asked)}, disorder ${disorder}, ${how}\n${lines.join('\n')}\n`;
  return Object.defineProperty({ ...scene }, fc.toStringMethod, { value: () => text, enumerable: false });
}
