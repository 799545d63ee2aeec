// Runs that write CSV into folders, rolled, and into one file that grows, and Parquet, in processes of their own that are killed with
// SIGKILL again and again until the data is done; then what they left is compared with what must be there.
// HEADRACE_SEED changes the moments.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { filePlans } from './file-plans.ts';
import { undisturbedDifference } from './kept-plans.ts';
import { type KeptAim, type KeptScenario, keptLivesOf, roundOf } from './kept-lives.ts';
import { FILE_STEPS, isInCommit, type KeptStep } from './kept-steps.ts';
import type { Death } from './lives.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
/** Long enough for many checkpoints, of a few milliseconds each; a file that grows has fewer syncs in one. */
const RECORDS: Readonly<Record<string, number>> = isFull
  ? { folders: 2500, grown: 7000, parquet: 2500 }
  : { folders: 2000, grown: 3000, parquet: 2000 };
const ROUNDS = 3;
/** The machines this runs on have two cores. */
const AT_ONCE = 2;

/** Where a mistake is most likely. */
const quick: readonly KeptScenario[] = (
  [
    ['folders', ['list written', 'commit: file named']],
    ['grown', ['checkpoint named', 'length written']],
    ['parquet', ['list removed']],
  ] satisfies (readonly [string, readonly KeptStep[]])[]
).map(([plan, steps]) => ({ seed, plan, records: RECORDS[plan]!, aims: steps.map((step): KeptAim => ({ step, times: 2 })) }));

function full(random: SeededRandom): KeptScenario[] {
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    Object.keys(filePlans).flatMap((plan) => roundOf(plan, RECORDS[plan]!, seed + 10 * round, random)),
  );
  return rounds.flat();
}

test.each(Object.keys(filePlans))('what an undisturbed run of the plan %s leaves is what must be there', async (plan) => {
  expect(await undisturbedDifference(plan, seed, 500)).toBe(undefined);
});

test('what a killed run writes to files, as CSV in folders, in one that grows or as Parquet, is there once and in order', async () => {
  const random = new SeededRandom(`files ${seed}`);
  const waiting = isFull ? full(random) : [...quick];
  const planned = waiting.reduce((sum, { aims }) => sum + aims.length, 0);
  const deaths: Death[] = [];
  const work = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      const lives = await keptLivesOf(scenario, random.fork(`${scenario.plan} ${scenario.seed}`));
      deaths.push(...lives.deaths);
      expect(lives.difference, `HEADRACE_SEED=${seed}, ${JSON.stringify(scenario)}`).toBe(undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const counts = Map.groupBy(deaths, ({ step }) => step);
  console.log(
    [`${deaths.length} kills of ${planned} planned`, ...[...counts].map(([step, all]) => `${step.padEnd(34)} ${all.length}`)].join('\n'),
  );
  expect(deaths.length).toBeGreaterThanOrEqual(isFull ? 60 : planned - 1);
  if (!isFull) return;
  expect(deaths.filter(({ step }) => isInCommit(step)).length / deaths.length, 'between prepare and the end of commit').toBeGreaterThan(
    0.5,
  );
  // A file is cut back only where the kill before has left something.
  expect(counts.has('cut back'), "kills at 'cut back'").toBe(true);
  for (const step of FILE_STEPS) expect(counts.get(step)?.length ?? 0, `kills at '${step}'`).toBeGreaterThanOrEqual(2);
}, 400_000);
