// The words of the shared memory: how often work began, the number of the call at work (0: none), the row (-1: unknown).
const BEATS = 0;
const CALL = 1;
const ROW = 2;

/**
 * What a worker thread is doing, in memory that its host reads while the thread hangs and answers nothing. The call is
 * noted by whoever serves the stage, the row by the stage itself where it can tell.
 */
export class Progress {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(12)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** A call begins, or the work outside of calls (0). */
  call(call: number): void {
    Atomics.add(this.#words, BEATS, 1);
    this.#words[ROW] = -1;
    Atomics.store(this.#words, CALL, call | 0);
  }

  /** The value of the chunk that is at work: a plain store, cheap enough for every record. */
  row(row: number): void {
    this.#words[ROW] = row;
  }

  /** Moves with each call and with each row, so it tells slow work from none. */
  pulse(): number {
    const { beats, row } = this.read();
    return (beats & 0xfffff) * 2 ** 32 + row;
  }

  read(): { readonly beats: number; readonly call: number; readonly row: number } {
    const [beats, call, row] = [Atomics.load(this.#words, BEATS), Atomics.load(this.#words, CALL), Atomics.load(this.#words, ROW)];
    return { beats, call, row };
  }
}
