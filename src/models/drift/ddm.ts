import { checkCount, checkOver } from '../settings.ts';
import type { DriftDetector } from './detector.ts';

export interface DdmOptions {
  /** It says nothing before it has seen so many errors and non-errors; 30 by default. */
  readonly grace?: number;
  /** How many standard deviations above the best error rate are a warning, and how many a change; 2 and 3 by default. */
  readonly warning?: number;
  readonly change?: number;
}

/**
 * The drift detection method (Gama and others, 2004) for a stream of 1 (wrong) and 0 (right): an error rate that rises well above
 * the lowest it has been is a change. It sees sudden changes best, and only for the worse. After a change it begins anew.
 *
 * @example
 * ```ts
 * import { ddm } from 'headrace/models';
 *
 * const detector = ddm();
 * const isWrong = (i: number): number => Number(i % (i < 600 ? 10 : 2) === 0);
 * const changes: number[] = [];
 * for (let i = 0; i < 1000; i++) if (detector.update(isWrong(i))) changes.push(i);
 * console.log(changes);
 * // [ 636 ]
 * ```
 */
export function ddm({ grace = 30, warning = 2, change = 3 }: DdmOptions = {}): DriftDetector {
  checkCount('ddm', { grace });
  checkOver('ddm', { warning, change });
  return new Ddm({ grace, warning, change });
}

interface State {
  seen: number;
  rate: number;
  /** The rate where rate and deviation together were lowest, and the deviation there. */
  lowest: number;
  deviation: number;
  mood: 'calm' | 'warning' | 'changed';
}

const NOTHING: Readonly<State> = {
  seen: 0,
  rate: 0,
  lowest: Number.POSITIVE_INFINITY,
  deviation: Number.POSITIVE_INFINITY,
  mood: 'calm',
};

class Ddm implements DriftDetector {
  readonly name = 'ddm';
  readonly #settings: Required<DdmOptions>;
  readonly #state: State = { ...NOTHING };

  constructor(settings: Required<DdmOptions>) {
    this.#settings = settings;
  }

  get isWarning(): boolean {
    return this.#state.mood === 'warning';
  }

  update(value: number): boolean {
    const { grace, warning, change } = this.#settings;
    const state = this.#state;
    if (state.mood === 'changed') Object.assign(state, NOTHING);
    state.seen++;
    state.rate += (value - state.rate) / state.seen;
    if (state.seen <= grace) return false;
    const deviation = Math.sqrt((state.rate * (1 - state.rate)) / state.seen);
    const reach = state.rate + deviation;
    if (reach <= state.lowest + state.deviation) {
      state.lowest = state.rate;
      state.deviation = deviation;
    }
    const isAbove = (times: number): boolean => reach > state.lowest + times * state.deviation;
    state.mood = isAbove(change) ? 'changed' : isAbove(warning) ? 'warning' : 'calm';
    return state.mood === 'changed';
  }

  clone(): DriftDetector {
    return new Ddm(this.#settings);
  }

  snapshot(): unknown {
    return { ...this.#state };
  }

  restore(state: unknown): void {
    Object.assign(this.#state, state);
  }
}
