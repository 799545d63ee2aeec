import { isHeadraceError } from '../../core/error.ts';
import type { BlockMark, PartModule, PartReader } from '../../core/format.ts';
import { behindLine, type QuotedBytes, Quotes, quotedBytes } from './threads-quotes.ts';
import { Packer, type PackedPiece, type PackedUnit } from './threads-wire.ts';

/** What a thread is told at its beginning: all of it is plain. */
export interface ThreadSetup {
  /** A `PartModule`. */
  readonly module: string;
  readonly settings: unknown;
  readonly quote: number;
  readonly where: string;
  readonly recordBytes: number;
  /** The file, open in this process. */
  readonly descriptor: number;
  readonly unitBytes: number;
  readonly quotes: SharedArrayBuffer;
  readonly board: SharedArrayBuffer;
}

/** How the file is divided. */
export interface Grid {
  /** Where the first unit begins: with a record. */
  readonly from: number;
  /** Of a mark, at the line from which the lines of units are counted. */
  readonly state: string;
}

/** What was read of a unit, if it begins where the thread believes it does. */
export interface UnitAnswer extends PackedUnit {
  readonly unit: number;
  /** Where its first record begins; -1 where none was found, or something is wrong with it. */
  readonly begin: number;
  /** Where the first record of the next one begins, or a place in front of it from which the thread could not go on. */
  readonly end: number;
  readonly state: string;
  /** The guess was made when it had been turned round so often. */
  readonly turns: number;
}

interface Begun {
  readonly from: number;
  readonly state: string;
  readonly rows: number;
  /** Where in memory the first record begins, and the unit. */
  readonly first: number;
  readonly before: number;
}

export type ReadAt = (into: Uint8Array, position: number) => number;

/** How much is read behind the end of a unit for its last record, first and in all. */
const BEHIND = 4096;
const MOST_BEHIND = 65_536;

/**
 * Reads units of a file: all records that begin in one. Where the first of them begins is a guess, so its answer counts
 * only if the unit before ends there.
 */
export class UnitReader {
  readonly #setup: ThreadSetup;
  readonly #module: PartModule;
  readonly #read: ReadAt;
  readonly #quotes: Quotes;
  readonly #memory: QuotedBytes;
  readonly #packer = new Packer();
  #reader: PartReader<unknown> | undefined;

  constructor(setup: ThreadSetup, module: PartModule, read: ReadAt) {
    this.#setup = setup;
    this.#module = module;
    this.#read = read;
    this.#quotes = new Quotes(setup.quotes);
    this.#memory = quotedBytes(setup.unitBytes + 1);
  }

  /** A piece has up to `rows` records. */
  unit(unit: number, grid: Grid, rows: number): UnitAnswer {
    const { quote, unitBytes } = this.#setup;
    const from = grid.from + unit * unitBytes;
    const { bytes } = this.#memory;
    // With the byte before it: is it a line end, then a record may begin at once.
    const before = unit === 0 ? 0 : 1;
    const length = this.#fill(before + unitBytes, from - before);
    const isOdd = quote >= 0 && this.#memory.isOdd(before, Math.max(before, length), quote);
    const { turns } = this.#quotes;
    const isQuoted = quote >= 0 && this.#quotes.pass(unit, isOdd) !== (turns % 2 === 1);
    // A quote in front of the unit was counted already.
    const lookFrom = bytes[0] === quote ? before : 0;
    const begin = unit === 0 ? 0 : behindLine(bytes, { from: lookFrom, to: length, quote, isQuoted });
    // A file that has become shorter is left to whoever reads it to its end.
    if (begin < 0 || length < before + unitBytes) return this.#nothing(unit, turns);
    try {
      return { unit, turns, ...this.#records({ from, state: grid.state, rows, first: begin, before }) };
    } catch (error) {
      if (!isOfFile(error)) throw error;
      return this.#nothing(unit, turns);
    }
  }

  /** How many bytes could be read. An error of the disk is told by whoever reads the unit instead. */
  #fill(length: number, from: number): number {
    try {
      return readAll(this.#read, this.#memory.bytes.subarray(0, length), from);
    } catch (error) {
      if (!isOfFile(error)) throw error;
      return 0;
    }
  }

  #nothing(unit: number, turns: number): UnitAnswer {
    return { unit, turns, begin: -1, end: -1, state: '', ...this.#packer.unit([]) };
  }

  #records({ from, state, rows, first, before }: Begun): Omit<UnitAnswer, 'unit' | 'turns'> {
    const { unitBytes } = this.#setup;
    const begin = from - before + first;
    const to = from + unitBytes;
    const reader = this.#readerAt({ byte: begin, state });
    const pieces: PackedPiece[] = [];
    let end: BlockMark = { byte: begin, state };

    const tell = (limit: number): boolean => {
      const answer = reader.next(limit);
      if (answer === undefined) return false;
      const { columns, refused = [], at } = answer;
      end = answer.mark;
      const packed = refused.length > 0 || columns === undefined ? {} : { columns: this.#packer.columns(columns, at) };
      pieces.push({ records: (columns?.length ?? 0) + refused.length, end: end.byte, state: end.state, ...packed });
      return true;
    };
    const isThere = (): boolean => {
      const { place } = reader;
      if (place === undefined) return false;
      end = place;
      return end.byte >= to;
    };

    if (begin < to) reader.feed(this.#memory.bytes.subarray(first, before + unitBytes));
    while (tell(rows));
    for (let at = to, more = BEHIND; !isThere() && at < to + MOST_BEHIND; more *= 2) {
      const bytes = Buffer.allocUnsafeSlow(more);
      const length = readAll(this.#read, bytes, at);
      if (length === 0) break;
      at += length;
      reader.feed(bytes.subarray(0, length));
      while (!isThere() && tell(1));
    }
    return { begin, end: end.byte, state: end.state, ...this.#packer.unit(pieces) };
  }
  #readerAt(mark: BlockMark): PartReader<unknown> {
    if (this.#reader === undefined) {
      const { settings, where, recordBytes } = this.#setup;
      this.#reader = this.#module.openPart(settings, { where, recordBytes, from: mark });
    } else this.#reader.goTo(mark);
    return this.#reader;
  }
}

/** Else it is a fault of ours, which must not be passed over. */
function isOfFile(error: unknown): boolean {
  return isHeadraceError(error) || (error as { readonly syscall?: string }).syscall !== undefined;
}

function readAll(read: ReadAt, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const got = read(into.subarray(done), position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}
