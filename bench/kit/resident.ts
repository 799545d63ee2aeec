import { median } from './judge.ts';

/** The resident memory of this process over a while: the middle of what was seen, since collections make it a saw. */
export class Resident {
  readonly #seen: number[] = [];

  look(): void {
    this.#seen.push(process.memoryUsage.rss() / 2 ** 20);
  }

  get megabytes(): number {
    return this.#seen.length === 0 ? Number.NaN : median(this.#seen);
  }
}
