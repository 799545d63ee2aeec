import type { Chunk } from '../core/chunk.ts';

interface Entrant {
  readonly at: number;
  chunk: Chunk | undefined;
  epoch: number;
  /** Chunks that came earlier have a smaller one. */
  order: number;
  inside: number;
}

/**
 * The chunks that records inside came with, by number. A slot keeps the number: a pointer from each slot to a young
 * chunk would cost a write barrier a record. A chunk is forgotten when the last of its records has left.
 */
export class Entrants {
  readonly #all: Entrant[] = [];
  readonly #free: Entrant[] = [];
  /** The one that records join now. */
  #latest: Entrant | undefined;
  #order = 0;

  /** A chunk begins. It may be one that came before: where streams meet again, one chunk comes twice. */
  begin(): void {
    this.#latest = undefined;
  }

  /** Counts one record in, and answers the number of its chunk. */
  enter(chunk: Chunk, epoch: number): number {
    const latest = this.#latest;
    const entrant = latest !== undefined && latest.chunk === chunk && latest.epoch === epoch ? latest : this.#added(chunk, epoch);
    entrant.inside++;
    return entrant.at;
  }

  chunkAt(number: number): Chunk {
    return this.#all[number]!.chunk!;
  }

  epochAt(number: number): number {
    return this.#all[number]!.epoch;
  }

  /** In which order chunks came. */
  orderAt(number: number): number {
    return this.#all[number]!.order;
  }

  leave(number: number, records: number): void {
    const entrant = this.#all[number]!;
    entrant.inside -= records;
    if (entrant.inside > 0) return;
    entrant.chunk = undefined;
    this.#free.push(entrant);
    if (entrant === this.#latest) this.#latest = undefined;
  }

  clear(): void {
    this.#all.length = 0;
    this.#free.length = 0;
    this.#latest = undefined;
  }

  #added(chunk: Chunk, epoch: number): Entrant {
    let entrant = this.#free.pop();
    if (entrant === undefined) {
      entrant = { at: this.#all.length, chunk, epoch, order: 0, inside: 0 };
      this.#all.push(entrant);
    }
    entrant.chunk = chunk;
    entrant.epoch = epoch;
    entrant.order = this.#order++;
    this.#latest = entrant;
    return entrant;
  }
}
