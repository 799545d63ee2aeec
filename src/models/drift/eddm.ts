import { checkCount, checkPart } from '../settings.ts';
import type { DriftDetector } from './detector.ts';

export interface EddmOptions {
  /** It says nothing before it has seen so many errors; 30 by default. */
  readonly grace?: number;
  /** Which part of the greatest distance is a warning, and which a change; 0.95 and 0.9 by default. */
  readonly warning?: number;
  readonly change?: number;
}

/**
 * The early drift detection method (Baena-García and others, 2006) for a stream of 1 (wrong) and 0 (right): errors that come closer
 * together than they used to are a change. It sees slow changes sooner than `ddm`, and has more false alarms. After a change it
 * begins anew.
 *
 * @example
 * ```ts
 * import { eddm } from 'headrace/models';
 *
 * const detector = eddm();
 * const isWrong = (i: number): number => Number((i * i) % (i < 1000 ? 11 : 5) === 1);
 * const changes: number[] = [];
 * for (let i = 0; i < 1500; i++) if (detector.update(isWrong(i))) changes.push(i);
 * console.log(changes);
 * // [ 1171 ]
 * ```
 */
export function eddm({ grace = 30, warning = 0.95, change = 0.9 }: EddmOptions = {}): DriftDetector {
  checkCount('eddm', { grace });
  checkPart('eddm', { warning, change });
  return new Eddm({ grace, warning, change });
}

interface State {
  seen: number;
  errors: number;
  /** Where the last error was. */
  last: number;
  /** Of the distances between errors, and the squares they differ from it by. */
  mean: number;
  squares: number;
  /** The greatest that mean and two deviations have been. */
  greatest: number;
  mood: 'calm' | 'warning' | 'changed';
}

const NOTHING: Readonly<State> = { seen: 0, errors: 0, last: 0, mean: 0, squares: 0, greatest: 0, mood: 'calm' };

class Eddm implements DriftDetector {
  readonly name = 'eddm';
  readonly #settings: Required<EddmOptions>;
  readonly #state: State = { ...NOTHING };

  constructor(settings: Required<EddmOptions>) {
    this.#settings = settings;
  }

  get isWarning(): boolean {
    return this.#state.mood === 'warning';
  }

  update(value: number): boolean {
    const state = this.#state;
    if (state.mood === 'changed') Object.assign(state, NOTHING);
    state.seen++;
    if (value !== 1) return false;
    const distance = state.seen - state.last;
    const before = state.mean;
    state.errors++;
    state.last = state.seen;
    state.mean += (distance - before) / state.errors;
    state.squares += (distance - state.mean) * (distance - before);
    const { grace } = this.#settings;
    if (state.seen < grace) return false;
    const reach = state.mean + 2 * Math.sqrt(state.squares / state.errors);
    if (reach > state.greatest) state.greatest = reach;
    else if (state.errors > grace) state.mood = this.#moodAt(reach / state.greatest);
    return state.mood === 'changed';
  }

  #moodAt(part: number): State['mood'] {
    return part < this.#settings.change ? 'changed' : part < this.#settings.warning ? 'warning' : 'calm';
  }

  clone(): DriftDetector {
    return new Eddm(this.#settings);
  }

  snapshot(): unknown {
    return { ...this.#state };
  }

  restore(state: unknown): void {
    Object.assign(this.#state, state);
  }
}
