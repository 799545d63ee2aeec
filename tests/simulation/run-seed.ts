import type { Fault } from '../../src/base/fault-draw.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { planText } from '../../src/pipeline/plan-text.ts';
import { planFor } from '../../src/pipeline/pipeline.ts';
import { diceOf } from './dice.ts';
import { drawPlan, type DrawnPlan, type STATES } from './draw-plan.ts';
import { Lives, Violation } from './lives.ts';
import { furnish, Machine, type Wrap } from './machine.ts';
import { difference } from './outputs.ts';
import type { Manner } from './programs.ts';
import { Trace } from './trace.ts';

export interface SeedOptions {
  readonly wrap?: Wrap;
  readonly state?: (typeof STATES)[number];
  /** Keeps every call in words. */
  readonly keepsAll?: boolean;
}

export interface SeedResult {
  readonly seed: string;
  readonly drawn: DrawnPlan;
  readonly counts: Readonly<Record<Fault, number>>;
  readonly crashes: number;
  readonly checkpoints: number;
  readonly records: number;
  /** Of everything that happened. */
  readonly hash: string;
  readonly violation: string | undefined;
  readonly plan: string;
  readonly story: readonly string[];
  readonly all: readonly string[] | undefined;
}

const MOST_ATTEMPTS = 20;
/** In virtual time: whoever takes longer hangs. */
const LIMIT_MS = 30_000;

/** A seed that meets too little trouble draws on until it has met enough. */
export async function runSeed(seed: string | number, options: SeedOptions = {}): Promise<SeedResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await once(new SeededRandom(attempt === 1 ? seed : `${seed}/${attempt}`), String(seed), options);
    const { violation, counts, crashes, checkpoints, records } = result;
    const faults = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (violation !== undefined || (crashes >= 1 && faults >= 3 && checkpoints >= 3 && records >= 300)) return result;
    if (attempt === MOST_ATTEMPTS)
      return { ...result, violation: `it never met enough: ${crashes} crashes, ${faults} faults, ${checkpoints} checkpoints` };
  }
}

async function once(
  random: SeededRandom,
  seed: string,
  { wrap = (files) => files, state = 'drawn', keepsAll = false }: SeedOptions,
): Promise<SeedResult> {
  const drawn = drawPlan(random.fork('plan'), state);
  // Read by logs that were loaded with the variants of sabotages.ts; others have their usual segments.
  Object.assign(globalThis, { simulatedSegmentBytes: [1 << 10, 4 << 10, 64 << 20][Math.floor(random.fork('segments').next() * 3)] });
  const calm = new Machine({ random, isCalm: true, wrap: (files) => files, traceOf: (now) => new Trace(now, false) });
  const machine = new Machine({ random, isCalm: false, wrap, traceOf: (now) => new Trace(now, keepsAll) });
  const plainly: Manner = {
    chunk: 1024,
    codegen: 'never',
    checkpointEvery: 1000,
    keepCheckpoints: 2,
    memory: '1GiB',
    copies: 1,
    state: 'memory',
  };
  const dice = diceOf(random.fork('lives'));
  const manner = (): Manner => ({
    chunk: dice.one([1, 7, 32, 200, 1024, 1024]),
    codegen: dice.one(['always', 'never', 'auto']),
    checkpointEvery: 5 + dice.below(12),
    keepCheckpoints: 1 + dice.below(3),
    memory: dice.one(['1GiB', '1GiB', '24KiB']),
    copies: drawn.copies,
    state: drawn.state,
  });
  let violation: string | undefined;
  const lives = new Lives(machine, drawn, dice, manner);
  try {
    await furnish(calm, drawn);
    const expected = await calm.world.until(new Lives(calm, drawn, diceOf(random.fork('calm')), () => plainly).undisturbed(), LIMIT_MS);
    await furnish(machine, drawn);
    const found = await machine.world.until(lives.disturbed(), LIMIT_MS);
    violation = difference(expected, found) ?? lives.complaint;
  } catch (error) {
    violation = error instanceof Violation ? error.message : `${error instanceof Error ? error.stack : String(error)}`;
  }
  return {
    seed,
    drawn,
    counts: machine.faulty.counts,
    crashes: lives.crashes,
    checkpoints: lives.checkpoints,
    records: drawn.sources.reduce((sum, { records }) => sum + records, 0),
    hash: machine.trace.hash,
    violation,
    get plan() {
      return planText(planFor(lives.main.make(machine.begin('drawing'), false)));
    },
    story: machine.trace.story,
    all: machine.trace.all,
  };
}
