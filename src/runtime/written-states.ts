import type { KeyTable } from '../core/chunk.ts';
import type { WrittenTable } from './written-parts.ts';

/** What the checkpoints that were written have of a table, and which states were taken away that one of them may have. */
export class WrittenStates {
  /** By the number of the key plus one, the epoch in which its state was taken away. */
  readonly gone: Map<number, number> = new Map();
  #last: WrittenTable | undefined;
  /** Before anything was written, all that was ever taken away is in `gone`. */
  hasAny = false;

  /** For a capture of this epoch; undefined where it is written whole. */
  before(epoch: number): WrittenTable | undefined {
    // One that a newer capture was written in front of holds less than the checkpoint before.
    return this.#last !== undefined && this.#last.epoch < epoch ? this.#last : undefined;
  }

  now(written: WrittenTable | undefined, keys: KeyTable | undefined): void {
    this.#last = written;
    this.hasAny = true;
    for (const [at, epoch] of this.gone) {
      const base = at === 0 ? undefined : written?.groups.get(keys!.groupAt(at - 1))?.[0];
      // No part that counts can have it: the capture that comes next need not say that it is gone.
      if (written === undefined || (epoch <= written.epoch && (base === undefined || epoch <= base.epoch))) this.gone.delete(at);
    }
  }

  /** The next one is written whole. */
  beginAnew(): void {
    this.#last = undefined;
    this.gone.clear();
  }
}
