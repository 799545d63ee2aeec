import type { BlockFormat } from '../../core/format.ts';
import type { Content } from './content.ts';
import type { Place } from './place.ts';
import type { FileRecords, Piece } from './records.ts';

export interface BlockOptions {
  readonly where: string;
  readonly from: Place;
  readonly recordBytes: number;
}

/** The records of a format that is read from the front. */
export function blockRecords<T>(content: Content, format: BlockFormat<T>, { where, from, recordBytes }: BlockOptions): FileRecords<T> {
  // A place without a state was never told by the format: nothing has been read.
  const mark = from.state === undefined ? undefined : { byte: from.at, state: from.state };
  const reader = format.open({ where, recordBytes, from: mark });
  let place = from;
  let isOver = false;
  let end = false;

  function next(limit: number): Piece<T> | undefined {
    const answer = reader.next(limit);
    if (answer === undefined) {
      end = isOver;
      return end ? nothing() : undefined;
    }
    place = { at: answer.mark.byte, state: answer.mark.state };
    const { at, refused } = answer;
    if (answer.columns !== undefined) return { columns: answer.columns, at, refused, place, end };
    return { values: answer.values, at, refused, place, end };
  }

  async function fill(limit: number, signal: AbortSignal): Promise<Piece<T>> {
    for (;;) {
      const block = await content.next(signal);
      if (block?.length === 0) return nothing();
      isOver = block === undefined;
      if (block === undefined) reader.end();
      else reader.feed(block);
      const piece = next(limit);
      if (piece !== undefined) return piece;
      if (signal.aborted) return nothing();
    }
  }

  function nothing(): Piece<T> {
    return { values: [], at: [], place, end };
  }

  return {
    read: (limit, signal) => (end ? nothing() : (next(limit) ?? fill(limit, signal))),
    close: () => content.close(),
  };
}
