import { Chunk, type RecordInfo } from '../core/chunk.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Finish } from '../core/station.ts';
import { Outlet, type Push } from './edges.ts';
import { LetterOrigin } from './letter-origin.ts';
import { NO_ORIGIN } from './junctions.ts';

/**
 * Collects refused records between two chunks and sends them down the dead-letter stream. The stream has a barrier of
 * its own, when the barrier has passed everybody who may refuse: what somebody refuses behind it is held until then.
 */
export class Letters {
  readonly outlet: Outlet = new Outlet('dead letters', true);
  #now: Batch = { letters: [], times: [] };
  #later: Batch = { letters: [], times: [] };
  #passed = 0;

  /** `passed`: the last barrier that had passed whoever refused the record. */
  add(letter: DeadLetter, record: RecordInfo, passed: number): void {
    const batch = passed > this.#passed ? this.#later : this.#now;
    batch.letters.push(letter);
    batch.times.push(record.eventTime);
  }

  post(wait: Push): Push {
    if (this.#now.letters.length === 0 || this.outlet.isFinished) return wait;
    const { letters, times } = this.#now;
    this.#now = { letters: [], times: [] };
    const posted = this.outlet.push(new Chunk([...letters] as unknown[], new LetterOrigin(letters, times)));
    if (posted === undefined) return wait;
    return wait === undefined ? posted : Promise.all([wait, posted]).then(() => {});
  }

  /** Barrier `n` has passed everybody. */
  barrier(n: number): Push {
    const wait = this.post(undefined);
    const marked = this.outlet.isFinished ? undefined : this.outlet.push(new Chunk([], NO_ORIGIN, {}, { barrier: n }));
    this.#passed = n;
    this.#now = this.#later;
    this.#later = { letters: [], times: [] };
    const waits = [wait, marked, this.post(undefined)].filter((one) => one !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  /** Those that wait for a barrier that will not come any more. */
  finish(how: Finish): void {
    this.#now.letters.push(...this.#later.letters);
    this.#now.times.push(...this.#later.times);
    this.#later = { letters: [], times: [] };
    void this.post(undefined);
    this.outlet.finish(how);
  }
}

interface Batch {
  readonly letters: DeadLetter[];
  readonly times: number[];
}
