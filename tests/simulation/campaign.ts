import { Coverage } from './coverage.ts';
import type { STATES } from './draw-plan.ts';
import type { Wrap } from './machine.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

export interface CampaignOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  readonly seeds: number;
  /** So many of them are run twice, and must give the same. */
  readonly twice: number;
  readonly state: (typeof STATES)[number];
  readonly wrap?: Wrap | undefined;
  /** Ends with the first violation. */
  readonly isOver?: (result: SeedResult) => boolean;
  say(line: string): void;
}

export interface CampaignResult {
  readonly seeds: number;
  readonly crashes: number;
  readonly faults: number;
  readonly violations: number;
  readonly coverage: Coverage;
}

const MOST_TOLD = 20;

/** Runs seed after seed, and says of each violation all that is needed to look for its cause. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { from, seeds, twice, state, wrap, isOver, say } = options;
  const coverage = new Coverage();
  const rejections: unknown[] = [];
  const reject = (error: unknown): void => void rejections.push(error);
  process.on('unhandledRejection', reject);
  let [done, crashes, faults, violations] = [0, 0, 0, 0];
  const once = async (seed: number): Promise<SeedResult> => {
    const result = await runSeed(seed, { state, ...(wrap === undefined ? {} : { wrap }) });
    // What nobody listens to is told in a turn of its own.
    await new Promise<void>((go) => setImmediate(go));
    const [unheard] = rejections.splice(0);
    const said = unheard instanceof Error ? unheard.stack : String(unheard);
    return unheard === undefined || result.violation !== undefined
      ? result
      : { ...result, violation: `a rejection that nobody handles: ${said}` };
  };
  try {
    for (let seed = from; seed < from + seeds; seed++) {
      let result = await once(seed);
      if (seed - from < twice && result.violation === undefined) {
        const again = await once(seed);
        if (again.hash !== result.hash)
          result = { ...result, violation: `it ran otherwise the second time: ${result.hash} and ${again.hash}` };
      }
      done++;
      crashes += result.crashes;
      faults += Object.values(result.counts).reduce((sum, count) => sum + count, 0);
      coverage.add(result);
      if (result.violation !== undefined && ++violations <= MOST_TOLD) say(told(result));
      if (isOver?.(result) === true) break;
    }
  } finally {
    process.off('unhandledRejection', reject);
  }
  return { seeds: done, crashes, faults, violations, coverage };
}

/** A violation, for whoever looks for its cause. */
export function told({ seed, violation, plan, story }: SeedResult): string {
  const faults = story.map((line) => `  ${line}`).join('\n');
  return `VIOLATION in seed ${seed}: ${violation}\n\n${plan}\nWhat happened:\n${faults}\n\nRepeat it: npm run simulate -- --seed ${seed}\n`;
}
