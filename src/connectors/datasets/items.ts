import { plainRows } from '../../core/column-rows.ts';
import type { Headers } from '../../core/chunk.ts';
import { HeadraceError } from '../../core/error.ts';
import {
  type Answer,
  countOf,
  type PartitionId,
  type Position,
  positionAt,
  type Reader,
  type RefusedRecord,
  type Resume,
  type Source,
  type SourceContext,
} from '../../core/source.ts';

/** One thing a source told: a record, or one that it refused. */
export interface Item {
  /** How many came before it in this epoch. */
  readonly ordinal: number;
  readonly position: Position;
  /** A value, or a body that is decoded later. */
  readonly entry: unknown;
  readonly isBody: boolean;
  readonly refused: RefusedRecord | undefined;
  readonly time: number | undefined;
  readonly headers: Headers | undefined;
  /** A place in front of it, from where it can be read again. */
  readonly mark: Mark;
}

/** A place in the source, and how many items come before it. */
export interface Mark {
  readonly ordinal: number;
  readonly partition: number;
  readonly resume: Resume;
}

const BEGINNING: Mark = { ordinal: 0, partition: 0, resume: null };

/**
 * Marks stand so many records apart, wherever reads were cut: so what a checkpoint keeps depends on the last record alone,
 * and at most so many are read again. No read reaches over the next of these places.
 */
const APART = 1024;

/** The items of a source from a mark on, one partition after the other. */
export class Items {
  /** Nothing follows. */
  hasEnded = false;
  readonly #source: Source<unknown>;
  readonly #context: SourceContext;
  readonly #partitions: readonly PartitionId[];
  #partition: number;
  #from: Resume | undefined;
  #reader: Reader<unknown> | undefined;
  #ordinal: number;
  /** Since the last mark, refused ones apart: of these a read cannot bring more than it was asked for. */
  #records = 0;
  #mark: Mark;
  #here: Item[] = [];
  #at = 0;

  static async open(source: Source<unknown>, context: SourceContext, mark: Mark = BEGINNING): Promise<Items> {
    return new Items(source, context, await source.partitions(context), mark);
  }

  private constructor(source: Source<unknown>, context: SourceContext, partitions: readonly PartitionId[], mark: Mark) {
    this.#source = source;
    this.#context = context;
    this.#partitions = partitions;
    this.#partition = mark.partition;
    this.#from = mark.resume ?? undefined;
    this.#ordinal = mark.ordinal;
    this.#mark = mark;
    this.hasEnded = mark.partition >= partitions.length;
  }

  /** How many items were read, those that nobody has taken yet included. */
  get count(): number {
    return this.#ordinal;
  }

  /** The next item that is here already. */
  take(): Item | undefined {
    const item = this.#here[this.#at];
    if (item !== undefined) this.#at++;
    return item;
  }

  /** Reads on; false when there was nothing just now. What is here must have been taken. */
  async more(signal: AbortSignal): Promise<boolean> {
    this.#reader ??= await this.#source.open(this.#partitions[this.#partition]!, this.#from, this.#context);
    const answer = await this.#read(this.#reader, signal);
    const items = answer instanceof HeadraceError ? [this.#unread(answer)] : this.#itemsOf(answer);
    this.#here = items;
    this.#at = 0;
    this.#ordinal += items.length;
    if (answer instanceof HeadraceError) return true;
    this.#records += countOf(answer);
    if (this.#records === APART) {
      this.#mark = { ordinal: this.#ordinal, partition: this.#partition, resume: answer.resume };
      this.#records = 0;
    }
    if (answer.end === true) await this.#endPartition();
    return items.length > 0 || answer.end === true;
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
  }

  /** A record the source cannot bring is an item; every other failure is that of the read. */
  async #read(reader: Reader<unknown>, signal: AbortSignal): Promise<Answer<unknown> | HeadraceError> {
    try {
      return await reader.read(APART - this.#records, signal);
    } catch (error) {
      if (error instanceof HeadraceError && error.action === 'deadLetter') return error;
      throw error;
    }
  }

  async #endPartition(): Promise<void> {
    await this.close();
    this.#from = undefined;
    this.#partition++;
    this.hasEnded = this.#partition >= this.#partitions.length;
  }

  #itemsOf(answer: Answer<unknown>): Item[] {
    const { values, bodies, columns, positions, times, headers, refused = [] } = answer;
    const entries: readonly unknown[] = values ?? bodies ?? plainRows.rows(columns);
    const items: Item[] = [];
    let told = 0;
    const tellBefore = (row: number): void => {
      for (; told < refused.length && refused[told]!.before <= row; told++) items.push(this.#bad(refused[told]!, items.length));
    };
    for (let row = 0; row < entries.length; row++) {
      tellBefore(row);
      items.push({
        ordinal: this.#ordinal + items.length,
        position: this.#place(positionAt(positions, row)!),
        entry: entries[row],
        isBody: bodies !== undefined,
        refused: undefined,
        time: times?.[row],
        headers: headers?.[row],
        mark: this.#mark,
      });
    }
    tellBefore(entries.length);
    return items;
  }

  #bad(refused: RefusedRecord, behind: number): Item {
    return {
      ordinal: this.#ordinal + behind,
      position: this.#place(refused.position),
      entry: undefined,
      isBody: false,
      refused,
      time: undefined,
      headers: undefined,
      mark: this.#mark,
    };
  }

  /** The source threw and did not say where the record stands. */
  #unread(error: HeadraceError): Item {
    return this.#bad({ before: 0, position: `unread ${this.#ordinal}`, error }, 0);
  }

  /** Positions of several partitions may be alike. */
  #place(position: Position): Position {
    return this.#partitions.length === 1 ? position : `${this.#partitions[this.#partition]}:${position}`;
  }
}
