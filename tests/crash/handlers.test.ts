// Runs with timers, cells and joins in processes of their own, killed with SIGKILL again and again until the data is done;
// then what they left is compared with what twenty plain lines say. HEADRACE_SEED changes the moments.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { type KeptScenario, keptLivesOf, roundOf } from './kept-lives.ts';
import { undisturbedDifference } from './kept-plans.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
const RECORDS = isFull ? 2000 : 900;
const ROUNDS = 2;

const quick: KeptScenario = {
  seed,
  plan: 'handlers',
  records: RECORDS,
  aims: [
    { step: 'checkpoint named', times: 3 },
    { step: 'prepare: written, not synced', times: 4 },
  ],
};

test('visits by timers and joins of an undisturbed run are as they should be', async () => {
  expect(await undisturbedDifference('handlers', seed, 600)).toBe(undefined);
});

test('timers of a killed run fire once and with the right state, and its joins have all pairs, each once', async () => {
  const random = new SeededRandom(`handlers ${seed}`);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => roundOf('handlers', RECORDS, seed + 10 * round, random)).flat();
  let kills = 0;
  const stored = roundOf('handlers on disk', RECORDS, seed + 5, random);
  for (const scenario of isFull ? [...rounds, ...stored] : [quick]) {
    const { deaths, difference } = await keptLivesOf(scenario, random.fork(`${scenario.seed}`));
    expect(difference, `HEADRACE_SEED=${seed}, ${JSON.stringify(scenario)}`).toBe(undefined);
    kills += deaths.length;
  }
  console.log(`${kills} kills`);
  expect(kills).toBeGreaterThanOrEqual(isFull ? 12 : 1);
}, 400_000);
