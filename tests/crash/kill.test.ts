// Runs in processes of their own, killed with SIGKILL again and again, until the data is done; then their output is
// compared with that of a run nobody disturbed. HEADRACE_SEED changes the moments.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { committed, difference, undisturbed } from './compared.ts';
import { type Aim, type Death, livesOf, possible, roundOf, type Scenario } from './lives.ts';
import { COMMIT_STEPS, OTHER_STEPS } from './steps.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
const RECORDS = 12_000;
const KILLS_EACH = 6;
const ROUNDS = isFull ? 11 : 1;
const SCENARIOS = isFull ? Number.POSITIVE_INFINITY : 2;
/** The machines this runs on have two cores. */
const AT_ONCE = 2;

/** Rounds of aims, dealt to scenarios that take turns between the plans. */
function scenarios(random: SeededRandom): Scenario[] {
  const aims: Aim[] = Array.from({ length: ROUNDS }, () => roundOf(random)).flat();
  const dealt: Scenario[] = [];
  for (let at = 0; at < aims.length && dealt.length < SCENARIOS; at += KILLS_EACH) {
    const plan = dealt.length % 2 === 0 ? 'merged' : 'straight';
    dealt.push(possible({ seed: seed + dealt.length, plan, records: RECORDS, aims: aims.slice(at, at + KILLS_EACH) }));
  }
  return dealt;
}

test('a run killed at any moment, again and again, commits what an undisturbed run commits', async () => {
  const random = new SeededRandom(`kills ${seed}`);
  const waiting = scenarios(random);
  const deaths: Death[] = [];
  const work = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      const { plan, records } = scenario;
      const lives = await livesOf(scenario, random.fork(`scenario ${scenario.seed}`));
      deaths.push(...lives.deaths);
      const said = difference(plan, await undisturbed(plan, scenario.seed, records), committed(plan, lives.outputs));
      expect(
        said,
        `HEADRACE_SEED=${seed}, ${JSON.stringify(scenario)}, left in ${lives.outputs}; it died at ${lives.deaths.map(({ step }) => step).join(', ')}`,
      ).toBe(undefined);
      lives.remove();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(table(deaths));
  expect(deaths.length).toBeGreaterThanOrEqual(isFull ? 200 : 8);
  // A dozen kills have no shares.
  if (!isFull) return;
  const inCommit = deaths.filter(({ step }) => (COMMIT_STEPS as readonly string[]).includes(step)).length;
  expect(inCommit / deaths.length, 'the share killed between prepare and the end of commit').toBeGreaterThanOrEqual(0.4);
  for (const step of [...COMMIT_STEPS, ...OTHER_STEPS]) {
    expect(deaths.filter((death) => death.step === step).length, `kills at '${step}'`).toBeGreaterThanOrEqual(5);
  }
}, 300_000);

function table(deaths: readonly Death[]): string {
  const steps = [...COMMIT_STEPS, ...OTHER_STEPS, 'begun'];
  const rows = steps.map((step) => {
    const here = deaths.filter((death) => death.step === step);
    const outside = here.filter(({ isFromOutside }) => isFromOutside).length;
    return `${step.padEnd(32)} ${String(here.length).padStart(4)}${outside === 0 ? '' : `  (${outside} from outside)`}`;
  });
  return [`${deaths.length} kills, by the last step before`, ...rows].join('\n');
}
