import { strict as assert } from 'node:assert';
import { SeededRandom } from '../base/random.ts';
import { wholeNumber } from '../core/units.ts';
import { mayGenerate } from '../base/may-generate.ts';
import { runFailed } from './simulate-errors.ts';
import { type Lab, type LabSettings, openLab, type SimulatedLab } from './simulate-lab.ts';
import type { Part } from './simulate-life.ts';
import type { SimulateOptions } from './simulate.ts';

export interface SimulateManyOptions extends SimulateOptions {
  /** How many simulations; 20 unless told. */
  readonly runs?: number;
}

const CHUNKS = [1, 7, 1024];

/**
 * Plays a scenario many times, each time with a seed of its own: other moments for the crashes, other chunk sizes,
 * generated loops and closures, timers of one instant in another order. Fails with the first run that fails, its seed,
 * and how to repeat that one alone.
 *
 * Before that the scenario is played once with its crashes left out. What it answers there, every other run must answer
 * too, so a scenario that ends with `return lab.take()` needs no expectations of its own.
 *
 * @example
 * ```ts
 * let total = 0; // Kept where no checkpoint sees it: a mistake.
 * const forgetful = (numbers: Stream<number>) => numbers.map((n) => (total += n));
 * const found = simulateMany(forgetful, async (lab) => {
 *   total = 0;
 *   await lab.send(1, 2);
 *   await lab.crash();
 *   await lab.send(3);
 *   return lab.take();
 * });
 * await found.catch((error: HeadraceError) => console.log(error.code)); // HR_SIMULATION_FAILED
 * ```
 */
export async function simulateMany<I, O, R = void>(
  part: Part<I, O>,
  scenario: (lab: Lab<I, O>) => R | Promise<R>,
  options: SimulateManyOptions = {},
): Promise<void> {
  const { seed: base = 1, runs = 20, start = 0, ...how } = options;
  wholeNumber(runs, 'simulateMany runs');
  const plain = { chunk: 1024, ...how, start, seed: String(base), isShuffled: false };
  const undisturbed = await played(await openLab(part, { ...plain, isUndisturbed: true }), scenario);
  for (let run = 1; run <= runs; run++) {
    const seed = runs === 1 ? String(base) : `${base}-${run}`;
    const settings: LabSettings = { ...drawn(seed), ...how, start, seed, isShuffled: true, isUndisturbed: false };
    let story: readonly string[] = [];
    try {
      const lab = await openLab(part, settings);
      story = lab.story;
      const answer = await played(lab, scenario);
      if (undisturbed !== undefined) expectEqual(answer, undisturbed);
    } catch (cause) {
      throw runFailed({ run, runs, seed, as: `chunk ${settings.chunk}, codegen '${settings.codegen}'`, story, cause });
    }
  }
}

async function played<I, O, R>(lab: SimulatedLab<I, O>, scenario: (lab: Lab<I, O>) => R | Promise<R>): Promise<R> {
  await using open = lab;
  return await scenario(open);
}

function expectEqual(actual: unknown, expected: unknown): void {
  try {
    assert.deepEqual(actual, expected);
  } catch {
    // Runners draw the difference from the two values.
    const message = 'the scenario answers something else than undisturbed';
    throw new assert.AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
  }
}

function drawn(seed: string): { readonly chunk: number; readonly codegen: 'always' | 'never' } {
  const random = new SeededRandom(seed).fork('settings');
  const chunk = CHUNKS[Math.floor(random.next() * CHUNKS.length)]!;
  return { chunk, codegen: random.next() < 0.5 && mayGenerate() ? 'always' : 'never' };
}
