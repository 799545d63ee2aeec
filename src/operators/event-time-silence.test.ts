import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chunk, Control, PartitionChange } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import { eventTime } from './event-time.ts';
import { chunkOf, type RigOptions, StationRig } from './station-rig.ts';

const rigOf = (disorder = 0, options: RigOptions = {}) =>
  new StationRig(
    eventTime<number>((at) => at, { disorder, idleAfter: 1000 }),
    options,
  );

const say = (...partitions: readonly PartitionChange[]): Chunk<number> => chunkOf<number>([], { control: { partitions } });
const silent = (partition: string, ms: number): PartitionChange => ({ source: 's', partition, state: 'silent', ms });
const is = (partition: string, state: 'open' | 'ended' | 'awake'): PartitionChange => ({ source: 's', partition, state });
const from = (partition: string, ...times: readonly number[]): Chunk<number> => chunkOf(times, { partition });

/** Times of records; watermarks as text, with a z where all is silent. */
function passed({ emitted }: { readonly emitted: readonly Chunk[] }): (number | string)[] {
  return emitted.flatMap((chunk) => [...chunk.values.map((_, i) => timeOf(chunk, i)), ...marks(chunk.control)]);
}

function marks({ watermark, idle }: Control = {}): string[] {
  if (watermark === undefined && idle !== true) return [];
  return [`${watermark === undefined ? '' : `w${watermark}`}${idle === true ? 'z' : ''}`];
}

test('a partition leaves the minimum when it has been silent for long enough, and not before', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), from('b', 20), say(silent('b', 999)), from('a', 60));
  await rig.feed(say(silent('b', 1000)), from('a', 70));
  expect(passed(rig)).toEqual([50, 20, 'w20', 60, 'w60', 70, 'w70']);
});

test('one that never brought anything leaves it too', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), say(silent('b', 1000)), from('a', 55));
  expect(passed(rig)).toEqual([50, 'w50', 55, 'w55']);
});

test('when all are silent the watermark goes on from the greatest, less the disorder, as long as their silence lasts', async () => {
  const rig = rigOf(10);
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), from('b', 20));
  await rig.feed(
    say(silent('a', 1000)),
    say(silent('b', 1000)),
    say(silent('a', 1300), silent('b', 1100)),
    say(silent('a', 1700), silent('b', 1500)),
  );
  expect(passed(rig)).toEqual([50, 20, 'w10', 'w40z', 'w140z', 'w540z']);
});

test('news that were held up on their way count for as long as the silence was', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open')), from('a', 50), say(silent('a', 61_000)));
  expect(passed(rig)).toEqual([50, 'w50', 'w60050z']);
});

test('a record ends the walk; its partition stands where time had come, and what it brings from before is late', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), from('b', 40), say(silent('a', 1000), silent('b', 1000)));
  await rig.feed(
    say(silent('a', 1500), silent('b', 1500)),
    say(is('b', 'awake')),
    from('b', 45, 560),
    say(silent('a', 1600)),
    from('b', 700),
  );
  expect(passed(rig)).toEqual([50, 40, 'w40', 'w50z', 'w550z', 'w550', 45, 560, 'w560', 700, 'w700']);
});

test('who is asked again and cannot be holds time where it is', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open')), from('a', 50), say(silent('a', 1500)), say(is('a', 'awake')), say(is('a', 'awake')));
  await rig.feed(say(silent('a', 1000)), say(silent('a', 1200)));
  expect(passed(rig)).toEqual([50, 'w50', 'w550z', 'w550', 'z', 'w750z']);
});

test('where the last one that had something ends, the walk begins there, however long the others have been silent', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), from('b', 90), say(silent('a', 1000)), from('b', 100));
  await rig.feed(say(is('b', 'ended')), say(silent('a', 3_600_000)), say(silent('a', 3_600_200)));
  expect(passed(rig)).toEqual([50, 90, 'w50', 'w90', 100, 'w100', 'z', 'w300z']);
});

test('where one that was silent ends, the walk goes on and does not leap', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open'), is('b', 'open')), from('a', 50), from('b', 90), say(silent('a', 5000)), say(silent('b', 1000)));
  await rig.feed(say(silent('a', 5100), silent('b', 1100)), say(is('b', 'ended')), say(silent('a', 5200)), say(silent('a', 5300)));
  expect(passed(rig)).toEqual([50, 90, 'w50', 'w90', 'z', 'w190z', 'w290z']);
});

test('a restore keeps how far time has walked; silence begins anew and time goes on from there', async () => {
  const before = rigOf();
  await before.feed(say(is('a', 'open')), from('a', 50), say(silent('a', 1500)));
  const rig = rigOf(0, { restored: before.snapshot() });
  await rig.feed(say(is('a', 'open')), say(silent('a', 900)), say(silent('a', 1000)), say(silent('a', 1100)), from('a', 60));
  expect(passed(rig)).toEqual(['w550', 'z', 'w650z', 60, 'w650']);
});

test('a barrier between silence and records passes with what was true in front of it', async () => {
  const rig = rigOf();
  await rig.feed(say(is('a', 'open')), from('a', 50), say(silent('a', 1500)), chunkOf<number>([], { control: { barrier: 1 } }));
  const held = rig.snapshot();
  await rig.feed(from('a', 600));
  const again = rigOf(0, { restored: held });
  await again.feed(say(is('a', 'open')), from('a', 600));
  expect([passed(rig).slice(-3), passed(again)]).toEqual([
    ['w550z', 600, 'w600'],
    ['w550', 600, 'w600'],
  ]);
  expect(rig.emitted.map(({ control }) => control?.barrier)).toContain(1);
});

type Step = { readonly partition: string } & (
  | { readonly times: readonly number[] }
  | { readonly ms: number }
  | { readonly state: 'open' | 'ended' }
);

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ partition: fc.constantFrom('a', 'b', 'c') }).chain(({ partition }) =>
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ partition: fc.constant(partition), times: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 6 }) }),
      },
      { weight: 4, arbitrary: fc.record({ partition: fc.constant(partition), ms: fc.integer({ min: 0, max: 2500 }) }) },
      fc.record({ partition: fc.constant(partition), state: fc.constantFrom('open' as const, 'ended' as const) }),
    ),
  ),
  { maxLength: 25 },
);

test('whatever falls silent and speaks again: time never goes back, what is late is counted, and chunks change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 300 }), async (all, disorder) => {
      const answers = await Promise.all(
        [1, 3, 1024].map(async (size) => {
          const rig = rigOf(disorder, { chunkLimit: size === 3 ? 2 : 1024 });
          for (const step of all) {
            const { partition } = step;
            if ('state' in step) await rig.feed(say(is(partition, step.state)));
            else if ('ms' in step) await rig.feed(say(silent(partition, step.ms)));
            else for (let at = 0; at < step.times.length; at += size) await rig.feed(from(partition, ...step.times.slice(at, at + size)));
          }
          let watermark = Number.NEGATIVE_INFINITY;
          const late: number[] = [];
          for (const item of passed(rig)) {
            if (typeof item === 'number') {
              if (item < watermark) late.push(item);
            } else if (item !== 'z') {
              const said = Number(/^w([^z]*)/.exec(item)![1]);
              expect(said).toBeGreaterThanOrEqual(watermark);
              watermark = said;
            }
          }
          expect((rig.station as unknown as { readonly late: number }).late).toBe(late.length);
          return { watermark, late };
        }),
      );
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    }),
    { numRuns: 200 },
  );
});
