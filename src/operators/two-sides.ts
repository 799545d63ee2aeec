import { SizeMeter } from '../base/size.ts';
import type { Agenda, DueKey, Moment } from '../core/agenda.ts';
import { Chunk, type Control } from '../core/chunk.ts';
import { isThenable, Failure, refusedPromise } from '../core/failure.ts';
import { timeOf } from '../core/record-of.ts';
import type { CellTable } from '../core/state.ts';
import type { Finish, Station, StationHost } from '../core/station.ts';
import { invalidTime, tooLate } from './event-time-limits.ts';
import { KeptFull, type MostKept } from './kept-errors.ts';
import { type Dues, KeyDues } from './key-dues.ts';
import { KeptRecord, type PackedRecord, pieceOf, RECORD_BYTES, unpackRecords } from './kept-record.ts';
import { NOWHERE } from './nowhere.ts';
import { OneTable } from './one-table.ts';
import { Pairs } from './pairs.ts';
import { Shelf } from './shelf.ts';
import { type Marked, StoredDues } from '../base/stored-dues.ts';

/** Records of two streams in one: each says which it comes from. */
export type Sided = { readonly left: unknown } | { readonly right: unknown };
export type Side = 'left' | 'right';

/** What is kept of one key. */
export interface Sides extends Marked {
  readonly left: Shelf;
  readonly right: Shelf;
}

export interface TwoSidesOptions {
  /** What is kept of all keys together, at most. */
  readonly most: MostKept;
  /** How far behind the watermark what leaves may be. */
  readonly holdMs: number;
}

/**
 * What joins have in common: one chunk is at work, and only while the way down is free; its records are given to the
 * join one by one, then what its watermark makes due, then the watermark leaves. Records are kept by key in a table of the
 * host. Of each key stands in a queue when the first of its records is due, so a watermark costs what it sets off.
 */
export abstract class TwoSides implements Station<Sided> {
  protected readonly host: StationHost;
  protected readonly pairs: Pairs = new Pairs();
  protected readonly states: CellTable<Sides>;
  /** How far time has come. */
  protected watermark: number = Number.NEGATIVE_INFINITY;
  readonly #options: TwoSidesOptions;
  readonly #table: OneTable;
  readonly #meter = new SizeMeter();
  /** Where states lie on a disk. */
  readonly #agenda: Agenda | undefined;
  readonly #dues: Dues<Sides>;
  #isLoaded = false;
  #order = 0;
  #records = 0;
  #bytes = 0;
  #ready: Chunk[] = [];
  #chunk: Chunk<Sided> | undefined;
  #piece: Chunk | undefined;
  #next = 0;
  #finished: Finish | undefined;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost, options: TwoSidesOptions) {
    this.host = host;
    this.#options = options;
    this.#table = new OneTable(host.keys);
    this.#agenda = host.agenda?.({ name: 'records agenda', totals: () => [this.#order, this.#records, this.#bytes] });
    this.states = host.cells<Sides>({
      name: 'records',
      mayBeStored: true,
      pack: packSides,
      unpack: (plain) => unpackSides(plain as PackedSides),
      unpacksLate: true,
      sizeOf: ({ left, right }) => left.bytes + right.bytes,
    });
    this.#dues =
      this.#agenda === undefined
        ? new KeyDues()
        : new StoredDues<Sides>(this.#agenda, { stateOf: (keyId) => this.states.get(keyId), dueOf: (sides) => this.dueOf(sides) });
    host.wake();
  }

  /** Takes a record. Throws what a function of the user throws, and nothing has changed then. */
  protected abstract take(side: Side, record: KeptRecord, keyId: number): void;
  /** The first moment at which something of a key is due: once the watermark is beyond it. Undefined where nothing ever is. */
  protected abstract dueOf(sides: Sides): Moment | undefined;
  /** Does what is due first of a key. Throws what a function of the user throws for the record it answers. */
  protected abstract doDue(
    sides: Sides,
    keyId: number,
  ): { readonly record: KeptRecord; readonly side: Side; readonly error: unknown } | undefined;
  /** Is it to be kept and met, although it comes behind the watermark? */
  protected abstract takesLate(side: Side): boolean;

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#ready.length > 0 || this.#finished !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    if (this.#isAborted) return true;
    if (this.#ready.length > 0) return false;
    return this.#isCut || (this.#chunk === undefined && (this.#finished === 'stop' || (this.#finished === 'end' && !this.#isDue)));
  }

  process(chunk: Chunk<Sided>): void {
    this.#chunk = chunk;
    this.#piece = undefined;
    this.#next = 0;
    this.#work();
  }

  advance(_nowMs: number): void {
    if (!this.#isAborted) this.#work();
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#ready = [];
    this.pairs.clear();
    this.host.holds(0, 0);
  }

  /** Keeps a record with the others of its key. */
  protected keep(side: Side, record: KeptRecord, keyId: number): void {
    const known = this.states.get(keyId);
    const sides = known ?? { left: new Shelf(), right: new Shelf(), queued: undefined };
    sides[side].add(record);
    this.#count(1, record.bytes);
    this.states.set(keyId, sides);
    this.#dues.put(keyId, this.dueOf(sides), sides);
  }

  /** What was kept has left the shelf. */
  protected letGo(record: KeptRecord): void {
    this.#count(-1, -record.bytes);
  }

  #count(records: number, bytes: number): void {
    this.#records += records;
    this.#bytes += bytes;
  }

  #work(): void {
    this.#load();
    let budget = AT_ONCE;
    while (this.#emitted() && !this.#isCut) {
      const chunk = this.#chunk;
      if (chunk !== undefined && this.#next < chunk.length) this.#takeSome(chunk);
      else if (chunk?.control?.watermark !== undefined && this.#rises(chunk.control.watermark)) budget = this.#doSome(budget);
      else if (chunk !== undefined) this.#passOn(chunk.control);
      else if (this.#finished === 'end' && this.#rises(Number.POSITIVE_INFINITY)) budget = this.#doSome(budget);
      else break;
      if (budget > 0) continue;
      this.host.wakeSoon();
      break;
    }
    this.#report();
  }

  /** Is something due once the watermark is there? */
  #rises(watermark: number): boolean {
    this.watermark = Math.max(this.watermark, watermark);
    return this.#isDue;
  }

  get #isDue(): boolean {
    return this.#first() !== undefined;
  }

  #first(): DueKey | undefined {
    const upTo = this.#finished === 'end' ? Number.POSITIVE_INFINITY : this.watermark;
    const first = this.#dues.first(upTo);
    return first !== undefined && first.at < upTo ? first : undefined;
  }

  #emitted(): boolean {
    while (this.#ready.length > 0 && this.host.canEmit) this.host.emit(this.#ready.shift()!);
    return this.host.canEmit;
  }

  #takeSome(chunk: Chunk<Sided>): void {
    const { values, length } = chunk;
    while (this.#next < length && this.pairs.count < this.host.chunkLimit) {
      const at = this.#next++;
      try {
        this.#takeOne(chunk, values[at]!, at);
      } catch (error) {
        if (error instanceof KeptFull) throw error;
        if (this.host.refuse(error, chunk, at)) this.#cut();
        if (this.#isCut || !this.host.canEmit) break;
      }
    }
    this.#takePairs();
  }

  #takeOne(chunk: Chunk<Sided>, sided: Sided, at: number): void {
    const side: Side = 'left' in sided ? 'left' : 'right';
    const value = 'left' in sided ? sided.left : sided.right;
    const timeMs = timeOf(chunk, at);
    if (Number.isNaN(timeMs)) throw invalidTime(timeMs, this.host.operator);
    if (timeMs < this.watermark && !this.takesLate(side)) {
      this.host.late(tooLate(timeMs, this.watermark, this.host.operator), chunk, at);
      return;
    }
    this.#piece ??= pieceOf(chunk);
    const record = new KeptRecord(value, {
      piece: this.#piece,
      index: at,
      order: this.#order++,
      bytes: this.#meter.of(value) + RECORD_BYTES,
    });
    this.take(side, record, this.#table.idAt(chunk, at));
    const { most } = this.#options;
    if (this.#records > most.records || this.#bytes > most.bytes) throw new KeptFull(this.host.operator, most);
  }

  #doSome(budget: number): number {
    let left = budget;
    while (left > 0 && this.#isDue && this.pairs.count < this.host.chunkLimit) {
      left--;
      const { keyId } = this.#first()!;
      const sides = this.states.get(keyId)!;
      const refused = this.doDue(sides, keyId);
      this.#dues.put(keyId, this.dueOf(sides), sides);
      if (sides.left.length + sides.right.length === 0) this.states.delete(keyId);
      if (refused === undefined) continue;
      const keys = this.#table.table;
      const lineage = keyId < 0 || keys === undefined ? { keys: undefined, keyIds: undefined } : { keys, keyIds: Int32Array.of(keyId) };
      const { record, side, error } = refused;
      if (this.host.refuse(error, record.chunk({ [side]: record.value }, lineage), 0)) this.#cut();
      if (this.#isCut || !this.host.canEmit) break;
    }
    this.#takePairs();
    return left;
  }

  #takePairs(): void {
    this.#ready.push(...this.pairs.take(this.host.operator, this.#table.table, this.host.chunkLimit));
  }

  #passOn(control: Control | undefined): void {
    this.#chunk = undefined;
    this.#piece = undefined;
    if (control === undefined) return;
    const { watermark } = control;
    const told = watermark === undefined ? control : { ...control, watermark: watermark - this.#options.holdMs };
    this.#ready.push(new Chunk([], NOWHERE, {}, told));
  }

  #cut(): void {
    this.#isCut = true;
    this.#chunk = undefined;
  }

  /** Once the table is filled. */
  #load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const restored = this.#agenda?.restored;
    if (restored !== undefined) {
      [this.#order, this.#records, this.#bytes] = restored as [number, number, number];
      return;
    }
    for (const keyId of this.#agenda === undefined ? this.states.ids() : [...this.states.ids()]) {
      const sides = this.states.get(keyId)!;
      for (const record of [...sides.left.all(), ...sides.right.all()]) {
        this.#order = Math.max(this.#order, record.order + 1);
        this.#count(1, record.bytes);
      }
      this.#dues.put(keyId, this.dueOf(sides), sides);
    }
  }

  #report(): void {
    const isOver = this.isDone && this.#finished !== 'stop';
    if (isOver) this.host.holds(0, 0);
    else {
      const waiting = this.#chunk === undefined ? 0 : this.#chunk.length - this.#next;
      // What lies on a disk is in memory for as long as it is in the overlay, which counts it.
      this.host.holds(this.#records + waiting, this.#agenda === undefined ? this.#bytes : 0);
    }
  }
}

/** What a function of the user answered, if it may be emitted. */
export function checked(answer: unknown, kind: string, where: string): unknown {
  if (answer instanceof Failure) throw answer;
  if (isThenable(answer)) throw refusedPromise(answer, kind, where);
  return answer;
}

/** Behind the records the moment that stands in the agenda, where there is one. */
type PackedSides = readonly [left: readonly PackedRecord[], right: readonly PackedRecord[], at?: number, order?: number];

function packSides({ left, right, queued }: Sides): PackedSides {
  const records = [left.all().map((record) => record.pack()), right.all().map((record) => record.pack())] as const;
  return queued === undefined ? records : [...records, queued.at, queued.order];
}

function unpackSides([left, right, at, order]: PackedSides): Sides {
  const queued = at === undefined || order === undefined ? undefined : { at, order };
  return { left: new Shelf(unpackRecords(left)), right: new Shelf(unpackRecords(right)), queued };
}

/** So many take about a millisecond or two; then others have their turn. */
const AT_ONCE = 4096;
