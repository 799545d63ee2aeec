import { strict as assert } from 'node:assert';
import type { Capture } from '../core/state.ts';
import type { Promised } from './kit.ts';
import { RECORDS, type StageCase } from './stage-case.ts';
import { eachCase, inputsOf, type OpenFleet, sameAnswer } from './stage-checks.ts';
import { type Left, noFaults } from './stage-driver.ts';
import { type MakeStage, type Sections, type StageFleet, written } from './stage-fleet.ts';

/** Where checkpoints are cut: at the ends, next to each other, and in the middle. */
const CUTS = [0, 1, 13, 30, 31, 59, RECORDS];

/** What a stage promises about its state. */
export function statePromises(cases: readonly StageCase[]): readonly Promised<MakeStage>[] {
  const divided = cases.filter(({ key }) => key !== undefined);
  const windows = cases.filter(({ hasWindows }) => hasWindows === true);
  return [
    {
      id: 'T6',
      says: 'a barrier changes nothing: everything before it leaves before it or is captured, and work goes on',
      check: eachCase(cases, async (of, open) => {
        const fleet = await open();
        const captures = await fedWithCuts(fleet);
        await fleet.end();
        for (const each of captures) for (const capture of each) capture.drop();
        sameAnswer(of, fleet.records, of.answer(inputsOf(of)));
        noFaults(fleet.drivers);
      }),
    },
    {
      id: 'T7',
      says: 'a capture that is written later still holds everything before its barrier and nothing behind it: restored at any of them, the same follows',
      check: eachCase(cases, async (of, open) => {
        const fleet = await open();
        const captures = await fedWithCuts(fleet);
        await fleet.end();
        for (const [i, at] of CUTS.entries()) {
          const restored = await open({ restored: await written(captures[i]!) });
          await restored.goOn(at);
          await restored.end();
          sameAnswer(of, restored.records, fleet.between(i + 1), true);
          noFaults(restored.drivers);
        }
      }),
    },
    {
      id: 'T8',
      says: 'state of a keyed stage is captured by key group, each section once and only of groups it owns',
      check: eachCase(divided, async (_of, open) => {
        const fleet = await open({ copies: 3 });
        await fleet.feed(0, 40);
        const captures = await fleet.barrier(1);
        for (const [index, capture] of captures.entries()) {
          const seen = new Set<string>();
          for (const { operator, cell, scope } of (await written([capture])).keys()) {
            assert.equal(scope.kind, 'group', `${operator} ${cell} is kept by key group`);
            if (scope.kind === 'group')
              assert.equal(fleet.owners[scope.group], index, `group ${scope.group} is of copy ${fleet.owners[scope.group]}`);
            const name = JSON.stringify([operator, cell, scope]);
            assert.ok(!seen.has(name), `${name} is written twice`);
            seen.add(name);
          }
        }
      }),
    },
    {
      id: 'T9',
      says: 'handed from two copies to three and to one, with records in flight, it answers for each key as if nothing had happened',
      check: eachCase(divided, async (of, open) => {
        const lives: Left[] = [];
        let restored: Sections = new Map();
        for (const [i, copies] of [2, 3, 1].entries()) {
          const fleet = await open({ copies, restored });
          await fleet.goOn(i * 20, (i + 1) * 20);
          if (i < 2) {
            restored = await written(await fleet.barrier(i + 1));
            lives.push(...fleet.between(0, i + 1));
          } else {
            await fleet.end();
            lives.push(...fleet.records);
          }
        }
        sameAnswer(of, lives, of.answer(inputsOf(of)), true);
      }),
    },
    {
      id: 'T10',
      says: 'a capture may be dropped unwritten, and be told of as committed or aborted, and nothing changes',
      check: eachCase(cases, async (of, open) => {
        const fleet = await open();
        for (const [i, at] of CUTS.slice(1).entries()) {
          await fleet.feed(CUTS[i]!, at);
          const [capture] = await fleet.barrier(i + 1);
          const [driver] = fleet.drivers;
          if (i % 2 === 0) capture!.drop();
          else await written([capture!]);
          await driver!.give('committed', (stage) => (i % 2 === 0 ? stage.aborted(i + 1) : stage.committed(i + 1)));
        }
        await fleet.end();
        sameAnswer(of, fleet.records, of.answer(inputsOf(of)));
      }),
    },
    {
      id: 'T11',
      says: 'a stop emits what is in flight and leaves windows open; a stage opened from what closing() holds goes on',
      check: async (make, patienceMs) => {
        await eachCase(cases, stopAndGoOn)(make, patienceMs);
        await eachCase(windows, async (of, open) => {
          const fleet = await open();
          await fleet.feed(0, 30);
          await fleet.stop();
          const whole = new Set(of.answer(inputsOf(of)).map(({ value }) => JSON.stringify(value)));
          for (const { value } of fleet.records) assert.ok(whole.has(JSON.stringify(value)), 'no window is cut short by a stop');
        })(make, patienceMs);
      },
    },
  ];
}

async function stopAndGoOn(of: StageCase, open: OpenFleet): Promise<void> {
  const first = await open();
  await first.feed(0, 31);
  await first.stop();
  const before = first.records;
  const second = await open({ restored: await written(first.closing()) });
  await second.goOn(31);
  await second.end();
  sameAnswer(of, [...before, ...second.records], of.answer(inputsOf(of)), true);
  noFaults([...first.drivers, ...second.drivers]);
}

/** Brings all records, with a barrier at every cut; none of the captures is written before the last has come. */
async function fedWithCuts(fleet: StageFleet): Promise<readonly (readonly Capture[])[]> {
  const captures: (readonly Capture[])[] = [];
  for (const [i, at] of CUTS.entries()) {
    await fleet.feed(CUTS[i - 1] ?? 0, at);
    captures.push(await fleet.barrier(i + 1));
  }
  return captures;
}
