import { Chunk, type Headers, type Lineage, type Origin } from './chunk.ts';
import { idOf, partitionOf, readAtOf, rowOf, sourceOf, timeOf } from './record-of.ts';

/**
 * The origin of a chunk whose rows were in several chunks before: what is asked about a row is asked of the chunk it
 * was in. Pieces are chunks without values, so that what was answered or batched long ago is not kept in memory by
 * the identity of its answer.
 */
export class MixedOrigin implements Origin {
  readonly #pieces: readonly Chunk[];
  /** For each row: which piece, and where in it. */
  readonly #pieceOf: Int32Array;
  readonly #indexOf: Int32Array;

  constructor(pieces: readonly Chunk[], pieceOf: Int32Array, indexOf: Int32Array) {
    this.#pieces = pieces;
    this.#pieceOf = pieceOf;
    this.#indexOf = indexOf;
  }

  /** The first row's; `sourceAt` knows each. */
  get source(): string {
    return this.#indexOf.length === 0 ? '' : this.sourceAt(0);
  }
  get partition(): string {
    return this.#indexOf.length === 0 ? '' : this.partitionAt(0);
  }

  positionAt(row: number): string {
    const piece = this.#piece(row);
    return piece.origin.positionAt(rowOf(piece, this.#indexOf[row]!));
  }
  numberAt(row: number): number {
    const piece = this.#piece(row);
    return piece.paths === undefined ? (piece.origin.numberAt?.(rowOf(piece, this.#indexOf[row]!)) ?? Number.NaN) : Number.NaN;
  }
  idAt(row: number): string {
    return idOf(this.#piece(row), this.#indexOf[row]!);
  }
  timeAt(row: number): number {
    return timeOf(this.#piece(row), this.#indexOf[row]!);
  }
  headersAt(row: number): Headers | undefined {
    const piece = this.#piece(row);
    return piece.origin.headersAt(rowOf(piece, this.#indexOf[row]!));
  }
  lineAt(row: number): number {
    const piece = this.#piece(row);
    return piece.origin.lineAt?.(rowOf(piece, this.#indexOf[row]!)) ?? Number.NaN;
  }
  sourceAt(row: number): string {
    return sourceOf(this.#piece(row), this.#indexOf[row]!);
  }
  partitionAt(row: number): string {
    return partitionOf(this.#piece(row), this.#indexOf[row]!);
  }

  readAtMs(row: number): number | undefined {
    return readAtOf(this.#piece(row), this.#indexOf[row]!);
  }

  #piece(row: number): Chunk {
    return this.#pieces[this.#pieceOf[row]!]!;
  }
}

/** What a chunk says about its values, without them and without its control. */
export function pieceOf(chunk: Chunk): Chunk {
  const { origin, rows, paths, times } = chunk;
  return new Chunk([], origin, { rows, paths, times } satisfies Lineage);
}
