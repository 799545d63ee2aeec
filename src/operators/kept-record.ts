import { Chunk, type Headers, type Origin } from '../core/chunk.ts';
import { pieceOf } from '../core/mixed-origin.ts';
import { idOf, partitionOf, rowOf, sourceOf, timeOf } from '../core/record-of.ts';

/**
 * A record that an operator keeps for later: its value, and where what else is known of it can be asked for. That is
 * what is left of the chunk it came in, which serves all records that came with it, so keeping one costs no text.
 */
export class KeptRecord {
  readonly value: unknown;
  readonly timeMs: number;
  /** Counts up with every record of the operator: among records of one time the one that came first stands first. */
  readonly order: number;
  readonly bytes: number;
  /** It has met a record of the other side. */
  isMatched = false;
  readonly #piece: Chunk;
  readonly #index: number;

  constructor(
    value: unknown,
    { piece, index, order, bytes }: { readonly piece: Chunk; readonly index: number; readonly order: number; readonly bytes: number },
  ) {
    this.value = value;
    this.timeMs = timeOf(piece, index);
    this.order = order;
    this.bytes = bytes;
    this.#piece = piece;
    this.#index = index;
  }

  get id(): string {
    return idOf(this.#piece, this.#index);
  }
  get source(): string {
    return sourceOf(this.#piece, this.#index);
  }
  get partition(): string {
    return partitionOf(this.#piece, this.#index);
  }
  get position(): string {
    return this.#piece.origin.positionAt(rowOf(this.#piece, this.#index));
  }

  /** As a chunk of its own, for who refuses it; `value` is what stands in it. */
  chunk(value: unknown, lineage: Pick<Chunk, 'keys' | 'keyIds'>): Chunk {
    const origin = new PlainOrigin([this.pack()]);
    return new Chunk([value], origin, lineage);
  }

  pack(): PackedRecord {
    const { value, timeMs, order, bytes, isMatched, id, source, partition, position } = this;
    return [value, timeMs, order, bytes, isMatched, id, source, partition, position];
  }
}

export type PackedRecord = readonly [
  value: unknown,
  timeMs: number,
  order: number,
  bytes: number,
  isMatched: boolean,
  id: string,
  source: string,
  partition: string,
  position: string,
];

/** The records of one key again, from what they were packed to. */
export function unpackRecords(packed: readonly PackedRecord[]): KeptRecord[] {
  const piece = new Chunk([], new PlainOrigin(packed));
  return packed.map(([value, , order, bytes, isMatched], index) => {
    const record = new KeptRecord(value, { piece, index, order, bytes });
    record.isMatched = isMatched;
    return record;
  });
}

/** What keeping a record costs beside its value, about. */
export const RECORD_BYTES = 96;

/** What is kept of a chunk while one of its records is. */
export { pieceOf };

class PlainOrigin implements Origin {
  readonly source: string;
  readonly partition: string;
  readonly #rows: readonly PackedRecord[];

  constructor(rows: readonly PackedRecord[]) {
    this.#rows = rows;
    this.source = rows[0]?.[6] ?? '';
    this.partition = rows[0]?.[7] ?? '';
  }

  idAt(row: number): string {
    return this.#rows[row]![5];
  }
  timeAt(row: number): number {
    return this.#rows[row]![1];
  }
  sourceAt(row: number): string {
    return this.#rows[row]![6];
  }
  partitionAt(row: number): string {
    return this.#rows[row]![7];
  }
  positionAt(row: number): string {
    return this.#rows[row]![8];
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}
