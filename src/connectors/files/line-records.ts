import { HeadraceError } from '../../core/error.ts';
import type { RefusedRecord } from '../../core/source.ts';
import type { Content } from './content.ts';
import { LineCutter, LongLine } from './line-cutter.ts';
import type { Place } from './place.ts';
import type { FileRecords, Piece } from './records.ts';

export interface LineOptions {
  readonly where: string;
  readonly from: Place;
  readonly recordBytes: number;
  readonly keepsEmpty: boolean;
}

/** The lines of a file, as they are: a codec makes values of them. */
export function lineRecords<T>(content: Content, { where, from, recordBytes, keepsEmpty }: LineOptions): FileRecords<T> {
  // Lines are counted where it is known how many came before.
  const counts = from.line !== undefined;
  const cutter = new LineCutter(from.at, recordBytes, from.line);
  let end = false;
  // Behind the last record that was told, never behind empty lines that were passed over after it: how many of these
  // a read passes over depends on where blocks begin.
  let { at: toldTo, line: toldLines } = from;
  let bodies: Uint8Array[] = [];
  let at: number[] = [];
  let lines: number[] = [];
  let refused: RefusedRecord[] | undefined;
  let isFirst = from.at === 0;

  /** The first block without its byte order mark. It is at least as long as one, or the whole file. */
  function unmarked(block: Uint8Array): Uint8Array {
    if (!isFirst) return block;
    isFirst = false;
    if (block[0] !== 0xef || block[1] !== 0xbb || block[2] !== 0xbf) return block;
    cutter.position = 3;
    return block.subarray(3);
  }

  function tell(line: Uint8Array | LongLine): void {
    if (line instanceof LongLine) (refused ??= []).push(refusal(line));
    else if (line.length > 0 || keepsEmpty) {
      bodies.push(line);
      at.push(cutter.lineAt);
      if (counts) lines.push(cutter.lines);
    } else return;
    toldTo = cutter.position;
    toldLines = cutter.lines;
  }

  function refusal(line: LongLine): RefusedRecord {
    const error = new HeadraceError({
      code: 'HR_RECORD_TOO_LARGE',
      action: 'deadLetter',
      where: `${where}${counts ? `, line ${cutter.lines}` : ''}, byte ${cutter.lineAt}`,
      what: `a line is longer than ${recordBytes} bytes`,
      todo: 'Raise the option recordBytes, or look whether the file has lines at all. Reading goes on behind this line.',
    });
    return { before: bodies.length, position: cutter.lineAt, error, bytes: line.beginning, isCut: true };
  }

  function cut(limit: number): void {
    while (bodies.length + (refused?.length ?? 0) < limit) {
      const line = cutter.next();
      if (line === undefined) return;
      tell(line);
    }
  }

  function piece(): Piece<T> {
    const cutOff = {
      bodies,
      at,
      lines: counts ? lines : undefined,
      refused,
      place: { at: toldTo, line: counts ? toldLines : undefined },
      end,
    };
    bodies = [];
    at = [];
    lines = [];
    refused = undefined;
    return cutOff;
  }

  async function fill(limit: number, signal: AbortSignal): Promise<Piece<T>> {
    while (bodies.length === 0 && refused === undefined && !end) {
      const block = await content.next(signal);
      if (block?.length === 0) break;
      end = block === undefined;
      if (block !== undefined) cutter.feed(unmarked(block));
      else {
        const line = cutter.last();
        if (line !== undefined) tell(line);
      }
      cut(limit);
      if (signal.aborted) break;
    }
    return piece();
  }

  return {
    read(limit, signal) {
      if (!end) cut(limit);
      return end || bodies.length > 0 || refused !== undefined ? piece() : fill(limit, signal);
    },
    close: () => content.close(),
  };
}
