import { Chunk, type Control, gather, joined, type Origin } from '../core/chunk.ts';
import type { Marks } from './marks.ts';

/** A record inside, and the epoch of the marks it came in. */
export interface Waiting {
  readonly chunk: Chunk;
  readonly index: number;
  readonly epoch: number;
}

/** Of the chunk at work, the records that nobody has begun with. */
export interface Rest {
  readonly chunk: Chunk;
  readonly from: number;
  readonly epoch: number;
}

/** What a station with marks holds, as `Station.pending` wants it. `inside` in the order in which the records came; the rest came last. */
export function pendingOf<T>(marks: Marks, inside: Iterable<Waiting>, rest: Rest | undefined): readonly Chunk<T>[] {
  const copy = new PendingCopy<T>();
  let epoch = marks.first;
  const closeUpTo = (next: number): void => {
    for (; epoch < next; epoch++) copy.close(marks.markOf(epoch), marks.origin!);
  };
  for (const record of inside) {
    closeUpTo(record.epoch);
    copy.add(record.chunk, record.index, record.index + 1);
  }
  if (rest !== undefined) {
    closeUpTo(rest.epoch);
    copy.add(rest.chunk, rest.from, rest.chunk.values.length);
  }
  closeUpTo(marks.open);
  return copy.take();
}

interface Piece {
  readonly origin: Origin;
  /** Absent where there is nothing but control. */
  readonly chunk: Chunk | undefined;
  readonly indexes: number[];
  control: Control | undefined;
}

/**
 * Copies records, with the marks between them, into chunks that share no memory with those they came in: whoever is
 * downstream may write into a chunk that was passed on whole.
 */
export class PendingCopy<T> {
  readonly #pieces: Piece[] = [];

  add(chunk: Chunk, from: number, to: number): void {
    if (from >= to) return;
    let piece = this.#pieces.at(-1);
    if (piece === undefined || piece.chunk !== chunk || piece.control !== undefined) {
      piece = { origin: chunk.origin, chunk, indexes: [], control: undefined };
      this.#pieces.push(piece);
    }
    for (let index = from; index < to; index++) piece.indexes.push(index);
  }

  /** A mark behind what was added. A barrier that waits cuts another checkpoint, and means nothing after a restore. */
  close(control: Control | undefined, origin: Origin): void {
    if (control === undefined) return;
    const { barrier: _cut, ...mark } = control;
    if (mark.watermark === undefined && mark.partitions === undefined) return;
    const last = this.#pieces.at(-1);
    if (last === undefined) this.#pieces.push({ origin, chunk: undefined, indexes: [], control: mark });
    else last.control = joined(last.control, mark);
  }

  take(): Chunk<T>[] {
    return this.#pieces.map(({ origin, chunk, indexes, control }) => {
      if (chunk === undefined) return new Chunk<T>([], origin, {}, control);
      const values = indexes.map((index) => chunk.values[index] as T);
      return new Chunk(values, origin, gather(chunk, Int32Array.from(indexes), indexes.length), control);
    });
  }
}
