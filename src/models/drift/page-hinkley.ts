import { checkCount, checkFrom, checkOver, checkPart } from '../settings.ts';
import type { DriftDetector } from './detector.ts';

export interface PageHinkleyOptions {
  /** It says nothing before it has seen so many numbers; 30 by default. */
  readonly grace?: number;
  /** How far above the mean a number must be to count; 0.005 by default. */
  readonly delta?: number;
  /** What the numbers above the mean must sum up to; 50 by default. */
  readonly threshold?: number;
  /** Which part of the sum stays at each number; 0.9999 by default. */
  readonly keep?: number;
}

/**
 * The Page-Hinkley test (Page, 1954): adds up how far numbers lie above their mean, and says that something has changed when the sum
 * passes a threshold. It sees means that rise, of numbers of any size; the threshold is in their unit. After a change it begins anew.
 *
 * @example
 * ```ts
 * import { pageHinkley } from 'headrace/models';
 *
 * const detector = pageHinkley({ threshold: 20 });
 * const changes: number[] = [];
 * for (let i = 0; i < 1000; i++) if (detector.update(i < 500 ? i % 2 : 3)) changes.push(i);
 * console.log(changes);
 * // [ 507 ]
 * ```
 */
export function pageHinkley({ grace = 30, delta = 0.005, threshold = 50, keep = 0.9999 }: PageHinkleyOptions = {}): DriftDetector {
  checkCount('pageHinkley', { grace });
  checkFrom('pageHinkley', { delta });
  checkOver('pageHinkley', { threshold });
  checkPart('pageHinkley', { keep });
  return new PageHinkley({ grace, delta, threshold, keep });
}

interface State {
  seen: number;
  mean: number;
  /** What the numbers above the mean sum up to. */
  above: number;
  isChanged: boolean;
}

const NOTHING: Readonly<State> = { seen: 0, mean: 0, above: 0, isChanged: false };

class PageHinkley implements DriftDetector {
  readonly name = 'pageHinkley';
  readonly isWarning = false;
  readonly #settings: Required<PageHinkleyOptions>;
  readonly #state: State = { ...NOTHING };

  constructor(settings: Required<PageHinkleyOptions>) {
    this.#settings = settings;
  }

  update(value: number): boolean {
    const { grace, delta, threshold, keep } = this.#settings;
    const state = this.#state;
    if (state.isChanged) Object.assign(state, NOTHING);
    state.seen++;
    state.mean += (value - state.mean) / state.seen;
    state.above = Math.max(0, keep * state.above + (value - state.mean - delta));
    state.isChanged = state.seen >= grace && state.above > threshold;
    return state.isChanged;
  }

  clone(): DriftDetector {
    return new PageHinkley(this.#settings);
  }

  snapshot(): unknown {
    return { ...this.#state };
  }

  restore(state: unknown): void {
    Object.assign(this.#state, state);
  }
}
