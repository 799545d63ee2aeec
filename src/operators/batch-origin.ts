import type { Chunk, Headers, Origin } from '../core/chunk.ts';
import { idOf, partitionOf, readAtOf, rowOf, sourceOf, timeOf } from '../core/record-of.ts';

/**
 * The identity of batches: the id of the first member and the count, `file:a.txt/0/0+256`. It is not the same after a
 * replay that cuts batches elsewhere, so effects that must not happen twice use the ids of the members. Everything else
 * that is asked of a batch is asked of its first member.
 */
export class BatchOrigin implements Origin {
  readonly #pieces: Chunk[] = [];
  readonly #indexes: number[] = [];
  readonly #counts: number[] = [];

  /** Adds the row of a batch of `count` that begins with value `index` of `chunk`, whose values are not kept. */
  add(chunk: Chunk, index: number, count: number): void {
    this.#pieces.push(chunk);
    this.#indexes.push(index);
    this.#counts.push(count);
  }

  get source(): string {
    return this.#pieces.length === 0 ? '' : this.sourceAt(0);
  }
  get partition(): string {
    return this.#pieces.length === 0 ? '' : this.partitionAt(0);
  }
  sourceAt(row: number): string {
    return sourceOf(this.#pieces[row]!, this.#indexes[row]!);
  }
  partitionAt(row: number): string {
    return partitionOf(this.#pieces[row]!, this.#indexes[row]!);
  }
  positionAt(row: number): string {
    const piece = this.#pieces[row]!;
    return piece.origin.positionAt(rowOf(piece, this.#indexes[row]!));
  }
  idAt(row: number): string {
    return `${idOf(this.#pieces[row]!, this.#indexes[row]!)}+${this.#counts[row]}`;
  }
  timeAt(row: number): number {
    return timeOf(this.#pieces[row]!, this.#indexes[row]!);
  }
  headersAt(row: number): Headers | undefined {
    const piece = this.#pieces[row]!;
    return piece.origin.headersAt(rowOf(piece, this.#indexes[row]!));
  }
  readAtMs(row: number): number | undefined {
    return readAtOf(this.#pieces[row]!, this.#indexes[row]!);
  }
}
