import { assert } from '../core/error.ts';
import type { Random } from '../core/world.ts';

/** What comes over a disk that runs. */
export type CallFault = 'ENOSPC' | 'EIO' | 'slow';

/** What a power cut does to it: tears a file, takes all that was not synced, lets a change of names overtake another. */
export type CutFault = 'torn' | 'lost' | 'reordered';

export type Fault = CallFault | CutFault;

/**
 * Decides which call meets which fault: by chance, each fault with a stream of its own so that the rate of one moves
 * none of the others; or the one call that was asked for.
 */
export class FaultDraw {
  readonly counts: Record<Fault, number> = { torn: 0, lost: 0, reordered: 0, ENOSPC: 0, EIO: 0, slow: 0 };
  readonly #rates: Partial<Record<Fault, number>>;
  readonly #randoms: Readonly<Record<CallFault, Random>>;
  readonly #cuts: Random;
  readonly #on: ((fault: Fault, path: string) => void) | undefined;
  #only: { readonly fault: CallFault; left: number } | undefined;
  #isCalm = false;

  constructor(random: Random, rates: Partial<Record<Fault, number>>, on?: (fault: Fault, path: string) => void) {
    for (const [fault, rate] of Object.entries(rates)) assert(rate >= 0 && rate <= 1, `the rate of ${fault} is a share of the calls`);
    this.#rates = rates;
    this.#randoms = { ENOSPC: random.fork('ENOSPC'), EIO: random.fork('EIO'), slow: random.fork('slow') };
    this.#cuts = random.fork('cuts');
    this.#on = on;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  calm(): void {
    this.#isCalm = true;
    this.#only = undefined;
  }

  only(fault: CallFault, at: number): void {
    this.#only = { fault, left: at };
  }

  /** Is this the one fault that was asked for, or of many? */
  get isOne(): boolean {
    return this.#only !== undefined;
  }

  /** Does this call, which could meet the fault, meet it? It is not counted yet. */
  meets(fault: CallFault): boolean {
    if (this.#only !== undefined) return this.#only.fault === fault && this.#only.left-- === 0;
    return !this.#isCalm && this.#randoms[fault].next() < (this.#rates[fault] ?? 0);
  }

  count(fault: Fault, path: string): void {
    this.counts[fault]++;
    this.#on?.(fault, path);
  }

  /** From 0 up to, but not including, `below`. */
  number(fault: CallFault, below: number): number {
    return Math.floor(this.#randoms[fault].next() * below);
  }

  /** What a power cut keeps by; undefined for one that keeps nothing. */
  cut(): Random | undefined {
    return this.#isCalm || this.#cuts.next() < (this.#rates.lost ?? 0) ? undefined : this.#cuts;
  }
}
