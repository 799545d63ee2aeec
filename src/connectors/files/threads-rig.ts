import { plainRows } from '../../core/column-rows.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { BlockFormat, BlockMark, PartModule } from '../../core/format.ts';
import type { RefusedRecord } from '../../core/source.ts';
import type { OpenFile } from '../../core/world.ts';
import { BEGINNING } from './place.ts';
import type { FileRecords } from './records.ts';
import { Board } from './threads-board.ts';
import type { NewLane } from './threads-lane.ts';
import { ThreadedRecords } from './threads-records.ts';
import { type Grid, UnitReader } from './threads-unit.ts';

// For the tests of this folder and those in tests/: a file in memory, read in one pass or by lanes that are no threads.

/** What was told of a file: a line a record, good or refused, and the mark behind each where a read ended. */
export interface Told {
  readonly records: readonly string[];
  /** By how many records come before it. */
  readonly marks: ReadonlyMap<number, string>;
  /** How many bytes were read by the main thread itself. */
  readonly readHere: number;
}

class Telling {
  readonly records: string[] = [];
  readonly marks = new Map<number, string>();
  readHere = 0;

  answer(rows: readonly unknown[], at: ArrayLike<number>, refused: readonly RefusedRecord[] = [], mark?: Partial<BlockMark>): void {
    let next = 0;
    for (let row = 0; row <= rows.length; row++) {
      for (; refused[next] !== undefined && refused[next]!.before === row; next++) this.records.push(refusal(refused[next]!));
      if (row < rows.length) this.records.push(`${at[row]} ${shown(rows[row])}`);
    }
    this.marks.set(this.records.length, `${mark?.byte} ${mark?.state}`);
  }

  error(error: unknown): void {
    if (!isHeadraceError(error)) throw error;
    this.records.push(`stopped: ${error.code} ${error.message}`);
  }
}

function refusal({ position, error, bytes, isCut }: RefusedRecord): string {
  return `${position} ${error.code} ${error.action} ${error.message} ${Buffer.from(bytes ?? []).toString('latin1')} ${isCut}`;
}

const shown = (value: unknown): string => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));

export interface Reading {
  readonly from?: BlockMark | undefined;
  readonly limit?: number;
  readonly recordBytes?: number;
}

const WHERE = 'file:x';

export function inOnePass(blocks: BlockFormat<unknown>, bytes: Uint8Array, { from, limit = 1000, recordBytes = 1000 }: Reading = {}): Told {
  const telling = new Telling();
  try {
    const reader = blocks.open({ where: WHERE, recordBytes, from });
    reader.feed(bytes.slice(from?.byte ?? 0));
    const take = (): void => {
      for (let answer = reader.next(limit); answer !== undefined; answer = reader.next(limit))
        telling.answer(
          answer.columns === undefined ? answer.values : plainRows.rows(answer.columns),
          answer.at,
          answer.refused,
          answer.mark,
        );
    };
    take();
    reader.end();
    take();
  } catch (error) {
    telling.error(error);
  }
  return telling;
}

export interface ThreadedReading extends Reading {
  readonly unitBytes: number;
  readonly threads?: number;
  /** What a lane loads; the format's own where nothing else is given. */
  readonly module?: PartModule;
  /** How many bytes the file was said to have when it was opened. */
  readonly bytes?: number;
  /** How many records are asked for at each read; `limit` where it is not there. */
  nextLimit?(): number;
  onRead?(bytes: number): void;
  /** Whether a lane takes a unit when it could; always where it is not there. */
  takes?(): boolean;
}

/** With lanes that read when they are asked, and answer a little later. */
export async function inUnits(blocks: BlockFormat<unknown>, bytes: Uint8Array, reading: ThreadedReading): Promise<Told> {
  const { limit = 1000 } = reading;
  const telling = new Telling();
  let records: FileRecords<unknown> | undefined;
  try {
    records = await unitsOf(blocks, bytes, {
      ...reading,
      onRead(count) {
        telling.readHere += count;
      },
    });
    for (let end = false; !end; ) {
      const piece = await records.read(reading.nextLimit?.() ?? limit, new AbortController().signal);
      const rows = piece.columns === undefined ? (piece.values ?? []) : plainRows.rows(piece.columns);
      const { at, state } = piece.place;
      if (rows.length + (piece.refused?.length ?? 0) > 0) telling.answer(rows, piece.at, piece.refused, { byte: at, state: state! });
      ({ end } = piece);
    }
  } catch (error) {
    telling.error(error);
  }
  await records?.close();
  return telling;
}

async function unitsOf(
  blocks: BlockFormat<unknown>,
  bytes: Uint8Array,
  { from, recordBytes = 1000, unitBytes, threads = 2, ...reading }: ThreadedReading,
): Promise<FileRecords<unknown>> {
  const split = blocks.split!;
  const module = reading.module ?? ((await import(split.module!)) as PartModule);
  const place = from === undefined ? BEGINNING : { at: from.byte, state: from.state };
  const newLane: NewLane = (setup, _, { told, failed }) => {
    // What a thread is told is cloned on its way.
    const reader = new UnitReader(structuredClone(setup), module, (into, position) => copy(bytes, into, position));
    const board = new Board(setup.board);
    let grid: Grid;
    return {
      begin(its) {
        grid = its;
      },
      look() {
        // One unit after the other lane's, as a rule; how many it is given is up to the main thread.
        if (reading.takes?.() === false) return;
        const unit = board.take();
        if (unit === undefined) return;
        const answer = structuredClone(reader.unit(unit, grid, board.rows));
        queueMicrotask(() => {
          try {
            told(answer);
          } catch (error) {
            failed(error);
          }
        });
      },
      close: async () => {},
    };
  };
  return new ThreadedRecords({
    file: fileOf(bytes, reading.onRead),
    split,
    threads,
    where: WHERE,
    from: place,
    bytes: reading.bytes ?? bytes.length,
    recordBytes,
    unitBytes,
    newLane,
    explain: (error) => error,
  });
}

function copy(bytes: Uint8Array, into: Uint8Array, position: number): number {
  const part = bytes.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}

function fileOf(bytes: Uint8Array, onRead: (bytes: number) => void = () => {}): OpenFile {
  const nothing = async (): Promise<void> => {};
  return {
    descriptor: -1,
    async read(into, position) {
      const count = copy(bytes, into, position);
      onRead(count);
      return count;
    },
    write: nothing,
    size: async () => bytes.length,
    truncate: nothing,
    sync: nothing,
    close: nothing,
  };
}
