import type { BlockAnswer, BlockMark, SplitFormat } from '../../core/format.ts';
import type { OpenFile } from '../../core/world.ts';
import type { Place } from './place.ts';
import type { FileRecords, Piece } from './records.ts';
import { Board } from './threads-board.ts';
import { type Lane, type NewLane, spawnLane } from './threads-lane.ts';
import { Quotes } from './threads-quotes.ts';
import { Stretches } from './threads-stretch.ts';
import type { Grid, UnitAnswer } from './threads-unit.ts';
import { type PackedPiece, placesOf, Unpacker } from './threads-wire.ts';

export interface ThreadOptions<T> {
  readonly file: OpenFile;
  readonly split: SplitFormat<T>;
  readonly threads: number;
  readonly where: string;
  readonly from: Place;
  /** What the file held when it was opened. What it has beyond is read here. */
  readonly bytes: number;
  readonly recordBytes: number;
  readonly unitBytes?: number;
  readonly newLane?: NewLane;
  explain(error: unknown): unknown;
}

/** What a thread reads at once. */
export const UNIT_BYTES = 1_048_576;
/** So many units are under way for each thread: one that it reads, and one that waits for it or for us. */
const UNITS_EACH = 2;

interface Arrived extends UnitAnswer {
  readonly unpacker: Unpacker;
}

/**
 * The records of one file of which several threads read units. What they answer is told in order, and only where a unit
 * begins at the very byte at which the one before has ended; then it is what one pass would have read, by induction.
 * Whatever is not like that (a guess that was wrong, a record that was refused, the first and the last records) is read
 * here, by the reader of one pass.
 *
 * Invariant: `#at` is a place at which a record or something passed over begins, and all before it was told.
 */
export class ThreadedRecords<T> implements FileRecords<T> {
  readonly #options: ThreadOptions<T>;
  readonly #unitBytes: number;
  readonly #quotes = new Quotes();
  readonly #board = new Board();
  readonly #stretches: Stretches<T>;
  readonly #lanes: readonly { readonly lane: Lane; readonly unpacker: Unpacker }[];
  readonly #arrived = new Map<number, Arrived>();
  #place: Place;
  #at: BlockMark | undefined;
  /** It is read here just now. */
  #isHere = false;
  /** Where units begin, once the first record has told what a thread must know, and how many there are. */
  #grid: (Grid & { readonly units: number }) | undefined;
  /** The unit that is told now; of one that was begun its next piece, where that begins, and how many lines come before the unit. */
  #unit = 0;
  #begun: { piece: number; at: number; readonly lines: number } | undefined;
  /** A unit that no thread had taken when it was wanted. It is read here, and threads wait to hear of its quotes. */
  #own: number | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  #filling: Promise<boolean> | undefined;
  #isClosed = false;
  #isOver = false;

  constructor(options: ThreadOptions<T>) {
    const { file, split, threads, where, from, recordBytes, unitBytes = UNIT_BYTES, newLane = spawnLane, explain } = options;
    this.#options = options;
    this.#unitBytes = unitBytes;
    this.#place = from;
    this.#at = from.state === undefined ? undefined : { byte: from.at, state: from.state };
    this.#stretches = new Stretches(file, {
      blockBytes: unitBytes,
      open: (mark) => split.open({ where, recordBytes, from: mark }),
      explain,
    });
    // A mark that is none of this format is told at once. At the beginning of a file the first record is read here.
    this.#begin(this.#at, this.#at?.byte ?? 1);
    const { module, settings, quote } = split;
    const shared = { settings, quote, where, recordBytes, unitBytes, descriptor: file.descriptor! };
    const memories = { quotes: this.#quotes.memory, board: this.#board.memory };
    this.#lanes = Array.from({ length: threads }, (_, number) => {
      const unpacker = new Unpacker();
      const lane = newLane({ ...shared, ...memories, module: module! }, number + 1, {
        told: (answer) => this.#told(number, answer),
        failed: (error) => this.#failed(error),
      });
      return { lane, unpacker };
    });
  }

  read(limit: number): Piece<T> | Promise<Piece<T>> {
    return this.#next(limit) ?? this.#wait(limit);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    await this.#filling?.catch(() => {}); // A block on its way must not meet a closed file.
    await Promise.all(this.#lanes.map(({ lane }) => lane.close()));
    // No thread reads by its number any more, which could be another file's next.
    await this.#options.file.close();
  }

  async #wait(limit: number): Promise<Piece<T>> {
    for (;;) {
      if (this.#isHere) {
        this.#filling = this.#stretches.fill(this.#options.split.quote);
        const isOdd = await this.#filling;
        if (this.#own !== undefined) this.#quotes.tell(this.#own, isOdd !== this.#quotes.isTurned);
        this.#own = undefined;
      } else {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
      if (this.#isClosed) return this.#nothing();
      const piece = this.#next(limit);
      if (piece !== undefined) return piece;
    }
  }

  /** The next records; undefined where they must be waited for. */
  #next(limit: number): Piece<T> | undefined {
    for (;;) {
      if (this.#isOver) return this.#nothing();
      if (this.#isHere) {
        const answer = this.#stretches.next(limit);
        if (answer === undefined) return undefined;
        if (answer !== 'done') return this.#answer(answer);
        this.#arriveAt(this.#stretches.place);
        continue;
      }
      if (this.#grid === undefined) this.#divide(this.#at!);
      if (this.#failure !== undefined) throw this.#failure.error;
      const { from, units } = this.#grid!;
      this.#ask(limit);
      if (this.#unit === units) {
        this.#begin(this.#at, Number.POSITIVE_INFINITY);
        continue;
      }
      if (this.#begun === undefined && this.#at!.byte >= from + (this.#unit + 1) * this.#unitBytes) {
        // A record that was read here has reached over all of it. Where nobody has counted its quotes, it ends in them.
        if (this.#board.takes(this.#unit)) this.#quotes.tell(this.#unit++, !this.#quotes.isTurned);
        else if (!this.#skip()) return undefined;
        continue;
      }
      const unit = this.#arrived.get(this.#unit);
      if (unit === undefined) {
        if (!this.#board.takes(this.#unit)) return undefined;
        this.#own = this.#unit++;
        this.#begin(this.#at, from + this.#unit * this.#unitBytes);
        continue;
      }
      const piece = this.#tell(unit, limit);
      if (piece !== undefined) return piece;
    }
  }

  /** Reads on here: from the beginning of the file where no place is known. */
  #begin(from: BlockMark | undefined, until: number): void {
    this.#stretches.begin(from, until);
    this.#isHere = true;
  }

  #arriveAt(place: BlockMark | undefined): void {
    this.#isHere = false;
    this.#isOver = this.#stretches.isOver;
    if (place !== undefined) this.#at = place;
  }

  #answer(answer: BlockAnswer<T>): Piece<T> {
    const { at, mark, refused, columns, values } = answer;
    this.#place = { at: mark.byte, state: mark.state };
    // One record tells all that a thread must know.
    if (this.#grid === undefined) this.#arriveAt(mark);
    const meta = { at, refused, place: this.#place, end: false };
    return columns === undefined ? { values, ...meta } : { columns, ...meta };
  }

  #divide({ byte, state }: BlockMark): void {
    this.#grid = { from: byte, state, units: Math.floor(Math.max(0, this.#options.bytes - byte) / this.#unitBytes) };
    for (const { lane } of this.#lanes) lane.begin({ from: byte, state });
  }

  #ask(rows: number): void {
    const { units } = this.#grid!;
    this.#board.allow(Math.min(units, this.#unit + UNITS_EACH * this.#lanes.length), rows);
    for (const { lane } of this.#lanes) lane.look();
  }

  #told(number: number, answer: UnitAnswer): void {
    const { unpacker } = this.#lanes[number]!;
    unpacker.take(answer);
    this.#arrived.set(answer.unit, { ...answer, unpacker });
    if (answer.unit === this.#unit) this.#wake?.();
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** Leaves the unit, once it is there. */
  #skip(): boolean {
    if (!this.#arrived.delete(this.#unit)) return false;
    this.#unit++;
    this.#begun = undefined;
    return true;
  }

  /** The next piece of a unit, or the next step to it. */
  #tell(unit: Arrived, limit: number): Piece<T> | undefined {
    const { split } = this.#options;
    const at = this.#at!;
    const to = this.#grid!.from + (this.#unit + 1) * this.#unitBytes;
    const begun = (this.#begun ??= { piece: 0, at: unit.begin, lines: split.lineOf(at.state) - split.lineOf(this.#grid!.state) });
    if (begun.at !== at.byte) {
      this.#miss(unit, to);
      return undefined;
    }
    const piece = unit.pieces[begun.piece];
    if (piece === undefined) {
      this.#at = this.#mark(unit.end, unit.state, begun.lines);
      this.#skip();
      if (unit.end < to) this.#begin(this.#at, to);
      return undefined;
    }
    begun.piece++;
    begun.at = piece.end;
    return this.#whole(piece, unit, limit, begun.lines);
  }

  /** A piece as it is; undefined where it must be read here. */
  #whole({ columns: packed, records, end, state }: PackedPiece, unit: Arrived, limit: number, lines: number): Piece<T> | undefined {
    if (packed === undefined || records > limit) {
      this.#begin(this.#at, end);
      return undefined;
    }
    const columns = unit.unpacker.columns(packed, unit.memories);
    const { valuesOf } = this.#options.split;
    const values = valuesOf?.(columns);
    if (valuesOf !== undefined && values === undefined) {
      this.#begin(this.#at, end);
      return undefined;
    }
    const mark = this.#mark(end, state, lines);
    this.#at = mark;
    this.#place = { at: mark.byte, state: mark.state };
    const meta = { at: placesOf(packed, unit.memories), place: this.#place, end: false };
    return values === undefined ? { columns, ...meta } : { values, ...meta };
  }

  /** What a thread has said of a place in a unit, at its true line. */
  #mark(byte: number, state: string, lines: number): BlockMark {
    const { split } = this.#options;
    return { byte, state: split.atLine(state, split.lineOf(state) + lines) };
  }

  /** The thread has read a unit from another byte than the one at which its first record begins. */
  #miss({ turns }: UnitAnswer, to: number): void {
    // Perhaps for a quote that stands for itself: then the units behind it are guessed the other way round.
    if (this.#options.split.quote >= 0 && turns === this.#quotes.turns) this.#quotes.turn();
    this.#skip();
    this.#begin(this.#at, to);
  }

  #nothing(): Piece<T> {
    return { values: [], at: [], place: this.#place, end: this.#isOver };
  }
}
