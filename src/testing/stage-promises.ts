import { strict as assert } from 'node:assert';
import { isHeadraceError } from '../core/error.ts';
import type { Promised } from './kit.ts';
import { idAt, keyOf, MS_APART, numbers, RECORDS, type StageCase } from './stage-case.ts';
import { caseNamed, FAILING, failingCase, stageCases } from './stage-cases.ts';
import { lateCase } from './stage-time-cases.ts';
import { eachCase, inputsOf, sameAnswer } from './stage-checks.ts';
import { noFaults } from './stage-driver.ts';
import { type MakeStage, StageFleet, written } from './stage-fleet.ts';
import { statePromises } from './stage-state-promises.ts';

type StagePromise = Promised<MakeStage>;

/** The promises of a stage, in the order of docs/specs/stage.md; asked of all cases unless told. */
export function stagePromises(cases: readonly StageCase[] = stageCases): readonly StagePromise[] {
  return [...answers(cases), ...time(cases), ...statePromises(cases), ...endings(cases), ...failures(), ...late()];
}

function answers(cases: readonly StageCase[]): readonly StagePromise[] {
  return [
    {
      id: 'T1',
      says: 'every record leaves once, with the value, the id and the key that the plan says, whatever the size of the chunks',
      check: eachCase(cases, async (of, open) => {
        for (const size of [1, 7, 1024]) {
          const fleet = await open();
          await fleet.feed(0, RECORDS, size);
          await fleet.end();
          sameAnswer(of, fleet.records, of.answer(inputsOf(of)));
        }
      }),
    },
    {
      id: 'T2',
      says: 'it emits inside a call only, and no barrier in a chunk',
      check: eachCase(cases, async (_of, open) => {
        const fleet = await open();
        await fleet.feed(0, RECORDS);
        // What was answered between two calls waits for the next.
        for (const driver of fleet.drivers) await driver.turns();
        await fleet.barrier(1);
        await fleet.end();
        noFaults(fleet.drivers);
      }),
    },
    {
      id: 'T3',
      says: 'a host that takes nothing for a while loses nothing',
      check: eachCase(cases, async (of, open) => {
        let emissions = 0;
        const fleet = await open({ busyFor: () => (emissions++ % 3 === 0 ? 2 : 0) });
        await fleet.feed(0, RECORDS, 3);
        await fleet.end();
        sameAnswer(of, fleet.records, of.answer(inputsOf(of)));
        noFaults(fleet.drivers);
      }),
    },
  ];
}

function time(cases: readonly StageCase[]): readonly StagePromise[] {
  return [
    {
      id: 'T4',
      says: 'a watermark leaves behind the records before it, never goes back, and the last one arrives',
      check: eachCase(cases, async (of, open) => {
        const fleet = await open();
        await fleet.feed(0, RECORDS, 4);
        await fleet.end();
        const [driver] = fleet.drivers;
        let watermark = Number.NEGATIVE_INFINITY;
        for (const one of driver!.leaving) {
          if ('record' in one) assert.ok(one.record.time >= watermark, `${one.record.id} comes behind the watermark ${watermark}`);
          if (!('watermark' in one)) continue;
          assert.ok(one.watermark >= watermark, `the watermark goes back from ${watermark} to ${one.watermark}`);
          watermark = one.watermark;
        }
        const last =
          of.makesTime === true ? Math.max(...driver!.records.map((record) => record.time)) - 8 : RECORDS * MS_APART - (of.holdMs ?? 0);
        assert.ok(watermark >= last, `the last watermark is ${watermark} and at least ${last} was said`);
      }),
    },
    {
      id: 'T5',
      says: 'of several inputs the least watermark counts; an idle one leaves the minimum until it says a later one, an ended one for good',
      check: async (make, patienceMs) => {
        const fleet = await StageFleet.open(caseNamed('merge'), await make(), { patienceMs });
        const [driver] = fleet.drivers;
        const said = async (): Promise<number | undefined> => {
          await fleet.barrier(++barriers); // So that a stage elsewhere has answered too.
          return driver!.watermarks.at(-1);
        };
        let barriers = 0;
        try {
          await fleet.watermark(0, 100);
          assert.equal(await said(), undefined, 'nothing is known of the second input');
          await fleet.idle(1);
          assert.equal(await said(), 100, 'the second is idle');
          await fleet.watermark(1, 150);
          await fleet.watermark(0, 200);
          assert.equal(await said(), 150, 'the second is back');
          await fleet.endOf(1);
          assert.equal(await said(), 200, 'the second has ended');
          await fleet.watermark(0, 300);
          assert.equal(await said(), 300);
          noFaults(fleet.drivers);
        } finally {
          await fleet.close();
        }
      },
    },
  ];
}

function endings(cases: readonly StageCase[]): readonly StagePromise[] {
  return [
    {
      id: 'T12',
      says: 'the promise of the last end settles when everything has left, and nothing comes behind it',
      check: eachCase(cases, async (of, open) => {
        const fleet = await open();
        await fleet.feed(0, RECORDS, 1024);
        await fleet.end();
        const left = fleet.records.length;
        for (const driver of fleet.drivers) driver.over();
        for (const driver of fleet.drivers) await driver.turns(10);
        assert.equal(left, of.answer(inputsOf(of)).length, 'everything has left when the promise settles');
        noFaults(fleet.drivers);
      }),
    },
    {
      id: 'T13',
      says: 'after an abort, at any moment, it emits nothing more',
      check: eachCase(cases, async (_of, open) => {
        for (const at of [0, 9, 33]) {
          const fleet = await open();
          await fleet.feed(0, at, 3);
          const [driver] = fleet.drivers;
          // A chunk is under way where the stage waits for something.
          const bringing = fleet.bring(0, at, at + 9);
          bringing.catch(() => {});
          driver!.over();
          driver!.faults.length = 0;
          driver!.stage.abort(new Error('given up'));
          driver!.poke();
          await driver!.turns(10);
          noFaults(fleet.drivers);
        }
      }),
    },
  ];
}

function failures(): readonly StagePromise[] {
  return [
    {
      id: 'T14',
      says: 'a function that fails comes out of a call as a HeadraceError that names the record; what was before it has left, nothing behind it does',
      check: async (make, patienceMs) => {
        const of = failingCase('stop');
        const fleet = await StageFleet.open(of, await make(), { patienceMs });
        try {
          const error = await failureOf(async () => {
            await fleet.feed(0, RECORDS, 1);
            await fleet.end();
          });
          assert.ok(isHeadraceError(error), `a HeadraceError, not ${String(error)}`);
          assert.ok(error.message.includes(idAt(0, FAILING)), `the record is named in: ${error.message}`);
          assert.deepEqual(idsOf(fleet.records), idsOf(of.answer(inputsOf(of)).slice(0, FAILING)));
        } finally {
          await fleet.close();
        }
      },
    },
    {
      id: 'T15',
      says: "a refused record leaves by 'dead letters', before the barrier behind it, and its siblings go on",
      check: async (make, patienceMs) => {
        const of = failingCase('deadLetter');
        const fleet = await StageFleet.open(of, await make(), { patienceMs });
        try {
          await fleet.feed(0, FAILING + 1);
          await fleet.barrier(1);
          const letters = fleet.letters.map(({ value }) => (value as { readonly id: string }).id);
          assert.deepEqual(letters, [idAt(0, FAILING)]);
          await fleet.feed(FAILING + 1, RECORDS);
          await fleet.end();
          sameAnswer(of, fleet.records, of.answer(inputsOf(of)));
          assert.equal(fleet.letters.length, 1);
          noFaults(fleet.drivers);
        } finally {
          await fleet.close();
        }
      },
    },
  ];
}

function late(): readonly StagePromise[] {
  return [
    {
      id: 'T16',
      says: 'what was late before a capture is late behind it, in every copy, also where it comes before any watermark',
      check: async (make, patienceMs) => {
        const first = await StageFleet.open(lateCase, await make(), { patienceMs, copies: 2 });
        try {
          await first.feed(0, 30);
          const restored = await written(await first.barrier(1));
          // More copies than before: most of them get no key group that another had in front.
          const second = await StageFleet.open(lateCase, await make(), { patienceMs, copies: 5, restored });
          try {
            // Records that waited further up while the process died, of windows that have been emitted.
            await second.bring(0, 0, 7);
            await second.goOn(30);
            await second.end();
            assert.deepEqual(new Set(idsOf(second.letters.map(({ value }) => value as { readonly id: string }))), lateIds());
            assert.equal(second.letters.length, lateIds().size);
            const whole = lateCase.answer(inputsOf(lateCase)).length;
            assert.equal(first.records.length + second.records.length, whole, 'no window is opened again');
            noFaults([...first.drivers, ...second.drivers]);
          } finally {
            await second.close();
          }
        } finally {
          await first.close();
        }
      },
    },
  ];
}

/** The first record of each key. */
function lateIds(): ReadonlySet<string> {
  return new Set(
    new Map(
      numbers(0)
        .slice(0, 7)
        .map((n, i) => [keyOf(n), idAt(0, i)] as const),
    ).values(),
  );
}

function idsOf(records: readonly { readonly id?: string }[]): readonly (string | undefined)[] {
  return records.map(({ id }) => id);
}

async function failureOf(run: () => Promise<void>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the failure comes out of a call' });
}
