import { assert } from '../../core/error.ts';

/** How much may be under way to a worker on one input before it answers. */
export interface WindowBounds {
  /** Chunks; 4 unless told. */
  readonly chunks: number;
  /** Their bytes; 1 MiB unless told. A larger chunk is taken when nothing else is under way. */
  readonly bytes: number;
}

// Watermarks and the like are small; they only must not grow without end while chunks stand still.
const MOST_CALLS = 64;

/**
 * The calls under way on one input. Each input has its own, since one that is held back must not hold back another: a
 * stage may wait for exactly that other input.
 */
export class Window {
  readonly #bounds: WindowBounds;
  #calls = 0;
  #chunks = 0;
  #bytes = 0;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(bounds: WindowBounds) {
    this.#bounds = bounds;
  }

  get isFull(): boolean {
    return this.#calls >= MOST_CALLS || this.#chunks >= this.#bounds.chunks || this.#bytes >= this.#bounds.bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes` of a chunk, or undefined for a call without one. Answers a promise when nothing more should be brought. */
  enter(bytes: number | undefined): void | Promise<void> {
    this.#calls++;
    if (bytes !== undefined) {
      this.#chunks++;
      this.#bytes += bytes;
    }
    if (!this.isFull) return undefined;
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers<void>();
      this.#room.promise.catch(() => {}); // Whoever does not wait for it is told of the failure by another way.
    }
    return this.#room.promise;
  }

  leave(bytes: number | undefined): void {
    this.#calls--;
    if (bytes !== undefined) {
      this.#chunks--;
      this.#bytes -= bytes;
    }
    assert(this.#calls >= 0 && this.#bytes >= 0, 'a call leaves the window it entered');
    if (this.isFull) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  fail(error: unknown): void {
    this.#room?.reject(error);
    this.#room = undefined;
  }
}
