import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '../../src/base/random.ts';
import type { KeptLife } from './kept-child.ts';
import { keptDifference, keptPlans, newScene } from './kept-plans.ts';
import type { KeptStep } from './kept-steps.ts';
import { type Death, live, shuffled } from './lives.ts';

const CHILD = fileURLToPath(new URL('kept-child.ts', import.meta.url));
const AT_RANDOM_MS = 400;

export type KeptAim = { readonly step: KeptStep; readonly times: number } | 'at random';

export interface KeptScenario {
  readonly seed: number;
  readonly plan: string;
  readonly records: number;
  readonly aims: readonly KeptAim[];
}

/** Steps that all plans are killed at, beside their own. */
const COMMON: readonly KeptStep[] = ['checkpoint named', 'commit begun', 'prepared'];
/** How far into a life a step may be aimed at, where not the first times only. */
const TIMES: Partial<Record<KeptStep, number>> = { 'letter sent in': 900, 'letter read': 5, 'cut back': 1 };
const MORE_TIMES = 3;
/** Kills of one folder, one after the other. */
const KILLS_EACH = 6;

/** Every step of a plan once, those of all plans, and one moment at random, divided between scenarios. */
export function roundOf(plan: string, records: number, seed: number, random: SeededRandom): KeptScenario[] {
  const steps = [...keptPlans[plan]!.steps, ...COMMON];
  const aims = shuffled<KeptAim>([...steps.map((step) => aimAt(step, random)), 'at random'], random);
  const count = Math.ceil(aims.length / KILLS_EACH);
  return Array.from({ length: count }, (_, i) => ({ seed: seed + i, plan, records, aims: aims.filter((_aim, at) => at % count === i) }));
}

function aimAt(step: KeptStep, random: SeededRandom): KeptAim {
  return { step, times: 1 + Math.floor(random.next() * (TIMES[step] ?? MORE_TIMES)) };
}

/** Kills run after run in one folder until the data is done; answers where, and what is wrong with what was left. */
export async function keptLivesOf(
  { seed, plan, records, aims }: KeptScenario,
  random: SeededRandom,
): Promise<{ readonly deaths: readonly Death[]; readonly difference: string | undefined }> {
  const folder = newScene('headrace-kept-', seed, records);
  const log = `${folder}/log`;
  const { isRedriven: redrive = false } = keptPlans[plan]!;
  const deaths: Death[] = [];
  const life = (diesAt?: Exclude<KeptAim, 'at random'>, isRedriving = redrive): KeptLife => ({
    plan,
    folder,
    log,
    redrive: isRedriving,
    diesAt,
  });
  if (redrive) await live(life(undefined, false), undefined, CHILD);
  for (const aim of [...aims, undefined]) {
    appendFileSync(log, 'begun\n');
    const isRandom = aim === 'at random';
    const wasKilled = await live(life(isRandom ? undefined : aim), isRandom ? random.next() * AT_RANDOM_MS : undefined, CHILD);
    if (!wasKilled) {
      // One life more shows that a completed run stays so, and that no letter is left.
      await live(life(), undefined, CHILD);
      break;
    }
    deaths.push({ step: readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)!, isFromOutside: isRandom });
  }
  const said = await keptDifference(plan, folder);
  if (said === undefined) rmSync(folder, { recursive: true });
  const difference = said === undefined ? undefined : `${said}\nleft in ${folder}; it died at ${deaths.map(({ step }) => step).join(', ')}`;
  return { deaths, difference };
}
