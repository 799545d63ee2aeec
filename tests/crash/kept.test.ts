// Runs with topics, a database, threads and dead letters in processes of their own, killed with SIGKILL again and again
// until the data is done; then what they left is compared with what must be there. HEADRACE_SEED changes the moments,
// HEADRACE_KILLS the number of kills.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { undisturbedDifference } from './kept-plans.ts';
import { type KeptAim, type KeptScenario, keptLivesOf, roundOf } from './kept-lives.ts';
import { ALL_STEPS, DATABASE_STEPS, isInCommit, type KeptStep, REDRIVE_STEPS, TOPIC_STEPS } from './kept-steps.ts';
import type { Death } from './lives.ts';

const asked = process.env['HEADRACE_KILLS'];
const isFull = asked !== undefined || process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
/** Long enough for many checkpoints, of a few milliseconds each. */
const RECORDS: Readonly<Record<string, number>> = { topic: 9000, database: 9000, threads: 4000, redrive: 4000 };
/** Those of files, windows and handlers have suites of their own. */
const plans = Object.keys(RECORDS);
const KILLS_IN_ROUND = 32;
const ROUNDS = asked === undefined ? 7 : Math.ceil(Number(asked) / KILLS_IN_ROUND);
/** The machines this runs on have two cores. */
const AT_ONCE = 2;

/** Where a mistake is most likely: the token is in the checkpoint, and little or nothing of it in the topic. */
const quick: readonly KeptScenario[] = (
  [
    ['topic', 5000, ['staged: sealed', 'checkpoint named', 'log: half appended', 'log: synced, end not published']],
    ['database', 5000, ['database: before COMMIT', 'database: after COMMIT']],
    ['redrive', 1500, ['letter sent in', 'checkpoint named']],
    ['threads', 1500, ['end published']],
  ] satisfies (readonly [string, number, readonly KeptStep[]])[]
).map(([plan, records, steps]) => ({
  seed,
  plan,
  records,
  aims: steps.map((step): KeptAim => ({ step, times: step === 'letter sent in' ? 200 : 2 })),
}));

function full(random: SeededRandom): KeptScenario[] {
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    plans.flatMap((plan) => roundOf(plan, RECORDS[plan]!, seed + 10 * round, random)),
  );
  return rounds.flat();
}

test.each(plans)('what an undisturbed run of the plan %s leaves is what must be there', async (plan) => {
  expect(await undisturbedDifference(plan, seed, 500)).toBe(undefined);
});

test(
  'what a killed run writes to topics and databases, with threads or dead letters, is what must be there',
  async () => {
    const random = new SeededRandom(`kept ${seed}`);
    const waiting = isFull ? full(random) : [...quick];
    const planned = waiting.reduce((sum, { aims }) => sum + aims.length, 0);
    const deaths: Death[] = [];
    const begunMs = performance.now();
    const work = async (): Promise<void> => {
      for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
        const lives = await keptLivesOf(scenario, random.fork(`${scenario.plan} ${scenario.seed}`));
        deaths.push(...lives.deaths);
        if (asked !== undefined && waiting.length % 25 === 0) console.log(`${deaths.length} kills, ${waiting.length} folders to go`);
        expect(lives.difference, `HEADRACE_SEED=${seed}, ${JSON.stringify(scenario)}`).toBe(undefined);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    console.log(
      `${table(deaths)}\nof ${planned} planned, in ${((performance.now() - begunMs) / 1000).toFixed(0)} s, HEADRACE_SEED=${seed}`,
    );
    // A run may come to its end before its kill.
    expect(deaths.length).toBeGreaterThanOrEqual(isFull ? planned * 0.85 : planned - 1);
    if (!isFull) return;
    expect(deaths.filter(({ step }) => isInCommit(step)).length / deaths.length, 'between prepare and the end of commit').toBeGreaterThan(
      0.5,
    );
    for (const step of [...TOPIC_STEPS, ...DATABASE_STEPS, ...REDRIVE_STEPS]) {
      expect(deaths.filter((death) => death.step === step).length, `kills at '${step}'`).toBeGreaterThanOrEqual(Math.min(6, ROUNDS));
    }
  },
  asked === undefined ? 250_000 : 7_200_000,
);

function table(deaths: readonly Death[]): string {
  const rows = [...ALL_STEPS, 'begun'].flatMap((step) => {
    const count = deaths.filter((death) => death.step === step).length;
    return count === 0 ? [] : [`${step.padEnd(34)} ${String(count).padStart(4)}`];
  });
  return [`${deaths.length} kills, by the last step before`, ...rows].join('\n');
}
