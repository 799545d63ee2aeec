import { type Chunk, type Control, joined, type Origin } from '../core/chunk.ts';

/** Marks kept apart from each other; beyond, a newer one takes the place of the last. */
const MOST = 256;

/**
 * Holds back watermarks and barriers until every record that came before them has left. Records are counted by epoch,
 * the stretch between two marks; a mark leaves when its epoch and all before it are empty.
 *
 * A record that never leaves would let marks pile up. So beyond a bound later records join the last closed epoch and
 * its mark is replaced by the newer one: a watermark that comes later than it could is still true. Invariant: nobody
 * lets records in while a barrier waits (`holdsBarrier`), so a barrier is never moved behind a record, and is
 * always the last mark.
 */
export class Marks {
  /** The epoch whose mark leaves next. */
  first = 0;
  /** Records inside, for the epochs from `first` on; the last is the open one. */
  readonly #inside: number[] = [0];
  /** One a closed epoch. */
  readonly #controls: Control[] = [];
  #origin: Origin | undefined;

  get isEmpty(): boolean {
    return this.#controls.length === 0;
  }

  /** A barrier waits for the records before it: take in no more. */
  get holdsBarrier(): boolean {
    return this.#controls.at(-1)?.barrier !== undefined;
  }

  /** The origin of the chunk that brought the last mark: for a chunk that carries nothing else. */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  /** Takes in a chunk: its records, then its control. Answers the epoch the records are in. */
  receive({ values, control, origin }: Chunk): number {
    const epoch = this.enter(values.length);
    if (control !== undefined) this.close(control, origin);
    return epoch;
  }

  /** Counts records in, and answers the epoch they are in. */
  enter(records: number): number {
    const at = this.#controls.length < MOST ? this.#inside.length - 1 : this.#inside.length - 2;
    this.#inside[at]! += records;
    return this.first + at;
  }

  /** The epoch that no mark has closed yet. */
  get open(): number {
    return this.first + this.#controls.length;
  }

  /** The mark that closes an epoch. */
  markOf(epoch: number): Control | undefined {
    return this.#controls[epoch - this.first];
  }

  leave(epoch: number, records: number): void {
    this.#inside[epoch - this.first]! -= records;
  }

  /** A mark behind everything that has entered. */
  close(control: Control, origin: Origin): void {
    this.#origin = origin;
    if (this.#controls.length < MOST) {
      this.#controls.push(control);
      this.#inside.push(0);
    } else {
      this.#controls.push(joined(this.#controls.pop(), control)!);
    }
  }

  /** Takes out what no record holds back any more. */
  due(): Control | undefined {
    let due: Control | undefined;
    while (this.#controls.length > 0 && this.#inside[0] === 0) {
      const control = this.#controls.shift()!;
      due = joined(due, control);
      this.#inside.shift();
      this.first++;
    }
    return due;
  }

  clear(): void {
    this.first += this.#controls.length;
    this.#controls.length = 0;
    this.#inside.length = 0;
    this.#inside.push(0);
  }
}
