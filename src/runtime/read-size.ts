/** A chunk should cost no more than this, or timers and signals would wait for it. */
const CHUNK_MS = 2;

/** How many records a read asks for: few where records are dear, many where they are cheap. */
export class ReadSize {
  readonly #most: number;
  limit: number;

  constructor(most: number) {
    this.#most = most;
    this.limit = most;
  }

  /** So many records took so long on their way down. */
  took(ms: number, count: number): void {
    if (ms > CHUNK_MS && count > 1) this.limit = Math.max(1, Math.min(this.limit, count) >> 1);
    else if (ms < CHUNK_MS / 4 && count >= this.limit) this.limit = Math.min(this.#most, this.limit * 2);
  }
}
