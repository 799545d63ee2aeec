// Runs with windows of event time in processes of their own, killed with SIGKILL again and again until the data is done;
// then their panes are compared with those of the model. HEADRACE_SEED changes the moments.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { type KeptScenario, keptLivesOf, roundOf } from './kept-lives.ts';
import { undisturbedDifference } from './kept-plans.ts';
import { isInCommit } from './kept-steps.ts';
import type { Death } from './lives.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
/** Long enough for many checkpoints, of a few milliseconds each. */
const RECORDS = isFull ? 2000 : 1200;
const ROUNDS = 6;
/** The machines this runs on have two cores. */
const AT_ONCE = 2;

const quick: readonly KeptScenario[] = [
  {
    seed,
    plan: 'windows',
    records: RECORDS,
    aims: [
      { step: 'checkpoint named', times: 3 },
      { step: 'prepare: written, not synced', times: 4 },
    ],
  },
];

function full(random: SeededRandom): KeptScenario[] {
  const plans = [...Array.from({ length: ROUNDS }, () => 'windows'), 'windows on disk'];
  return plans.flatMap((plan, round) => roundOf(plan, RECORDS, seed + 10 * round, random));
}

test('the panes of an undisturbed run are those of the model', async () => {
  expect(await undisturbedDifference('windows', seed, 800)).toBe(undefined);
});

test('tumbling, sliding and session windows of a killed run have the panes of the model, each once, and the same late records', async () => {
  const random = new SeededRandom(`windows ${seed}`);
  const waiting = isFull ? full(random) : [...quick];
  const planned = waiting.reduce((sum, { aims }) => sum + aims.length, 0);
  const deaths: Death[] = [];
  const next = async (): Promise<void> => {
    const scenario = waiting.shift();
    if (scenario === undefined) return;
    const { deaths: more, difference } = await keptLivesOf(scenario, random.fork(`${scenario.seed}`));
    expect(difference, `HEADRACE_SEED=${seed}, ${JSON.stringify(scenario)}`).toBe(undefined);
    deaths.push(...more);
    await next();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  const steps = [...Map.groupBy(deaths, ({ step }) => step)].map(([step, all]) => `${step} ${all.length}`);
  console.log(`${deaths.length} kills of ${planned} planned: ${steps.join(', ')}`);
  expect(deaths.length).toBeGreaterThanOrEqual(isFull ? 60 : planned - 1);
  if (isFull) expect(deaths.filter(({ step }) => isInCommit(step)).length).toBeGreaterThan(deaths.length * 0.4);
}, 300_000);
