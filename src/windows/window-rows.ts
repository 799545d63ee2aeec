import { assert } from '../core/error.ts';

const FIRST = 64;
/**
 * What is kept of a key lies side by side, so that a record finds it in one line of the cache: its first row, how many
 * rows it has, and a number of whoever uses the rows. With 100,000 keys in no order that is what a record costs.
 */
const HEAD = 0;
const LENGTH = 1;
const MARK = 2;
const PER_PLACE = 4;
/** A key with more rows than this gets an index of its own; below, walking its list is cheaper. */
const WALKED = 24;

/**
 * The rows of windows: which key and which span each is of, in parallel typed arrays, since there may be millions. The
 * rows of one key are a list from the one that begins last to the one that began first, because that is where the next
 * record most likely belongs; sessions, whose rows move, may leave it in another order. A key is known by its place: its
 * number plus one, so that records without a key have place 0.
 */
export class WindowRows {
  place: Int32Array = new Int32Array(FIRST);
  start: Float64Array = new Float64Array(FIRST);
  end: Float64Array = new Float64Array(FIRST);
  /** In which order rows began, so that panes come in the order of first records, after a restore too. */
  order: Float64Array = new Float64Array(FIRST);
  /** Records in the row, and how many of them no pane has shown. */
  records: Float64Array = new Float64Array(FIRST);
  unshown: Float64Array = new Float64Array(FIRST);
  /** Panes so far, so the index of the next. */
  panes: Int32Array = new Int32Array(FIRST);
  /** 1 when the watermark has passed the end. */
  closed: Uint8Array = new Uint8Array(FIRST);
  /** Changes when a row is given to another window: whoever kept its number can tell. */
  turn: Int32Array = new Int32Array(FIRST);
  #next: Int32Array = new Int32Array(FIRST);
  #before: Int32Array = new Int32Array(FIRST);
  #places: Int32Array = emptyPlaces(FIRST);
  readonly #indexes = new Map<number, Map<number, number>>();
  #free: number[] = [];
  #used = 0;
  #nextOrder = 0;
  #count = 0;
  #recordsInside = 0;
  readonly #hasGrown: (rows: number) => void;

  constructor(hasGrown: (rows: number) => void) {
    this.#hasGrown = hasGrown;
    hasGrown(FIRST);
  }

  get count(): number {
    return this.#count;
  }
  /** Records in all rows. */
  get inside(): number {
    return this.#recordsInside;
  }

  /** What the next row gets for its order. */
  get nextOrder(): number {
    return this.#nextOrder;
  }
  /** Orders go on from there, as in an earlier life. */
  goOnFrom(order: number): void {
    this.#nextOrder = order;
  }

  /** The row of a key whose span begins there, or -1. */
  find(place: number, start: number): number {
    const at = place * PER_PLACE;
    if (at >= this.#places.length) return -1;
    let row = this.#places[at + HEAD]!;
    if (row < 0 || this.start[row] === start) return row;
    if (this.#places[at + LENGTH]! > WALKED) return this.#indexes.get(place)?.get(start) ?? -1;
    do row = this.#next[row]!;
    while (row >= 0 && this.start[row] !== start);
    return row;
  }

  /** The newest row of a key, -1 where it has none; `olderThan` goes on from there. */
  newest(place: number): number {
    const at = place * PER_PLACE;
    return at < this.#places.length ? this.#places[at + HEAD]! : -1;
  }
  olderThan(row: number): number {
    return this.#next[row]!;
  }
  newerThan(row: number): number {
    return this.#before[row]!;
  }

  /** The number that was kept with a key, -1 where there was none. */
  markOf(place: number): number {
    const at = place * PER_PLACE;
    return at < this.#places.length ? this.#places[at + MARK]! : -1;
  }
  mark(place: number, mark: number): void {
    if (place * PER_PLACE >= this.#places.length) this.#growPlaces(place);
    this.#places[place * PER_PLACE + MARK] = mark;
  }

  open(place: number, start: number, end: number): number {
    const row = this.#free.pop() ?? this.#fresh();
    this.place[row] = place;
    this.start[row] = start;
    this.end[row] = end;
    this.order[row] = this.#nextOrder++;
    this.records[row] = 0;
    this.unshown[row] = 0;
    this.panes[row] = 0;
    this.closed[row] = 0;
    this.#link(row, place);
    this.#count++;
    return row;
  }

  /** A row as it was in another life. */
  reopen(row: number, kept: { readonly order: number; readonly records: number }): void {
    this.order[row] = kept.order;
    this.#nextOrder = Math.max(this.#nextOrder, kept.order + 1);
    this.addRecords(row, kept.records);
  }

  /** A row that belongs to nobody. */
  reserve(): number {
    return this.#fresh();
  }

  addRecords(row: number, records: number): void {
    this.records[row] = this.records[row]! + records;
    this.#recordsInside += records;
  }

  /** The row is of another span from now on. */
  move(row: number, start: number, end: number): void {
    const place = this.place[row]!;
    const index = this.#indexes.get(place);
    index?.delete(this.start[row]!);
    index?.set(start, row);
    this.start[row] = start;
    this.end[row] = end;
  }

  /** False when it was the last of its key. */
  close(row: number): boolean {
    const place = this.place[row]!;
    this.#unlink(row, place);
    this.#recordsInside -= this.records[row]!;
    this.turn[row] = this.turn[row]! + 1;
    this.#free.push(row);
    this.#count--;
    return this.#places[place * PER_PLACE + LENGTH]! > 0;
  }

  #link(row: number, place: number): void {
    if (place * PER_PLACE >= this.#places.length) this.#growPlaces(place);
    const places = this.#places;
    const at = place * PER_PLACE;
    let newer = -1;
    let older = places[at + HEAD]!;
    for (const start = this.start[row]!; older >= 0 && this.start[older]! > start; older = this.#next[older]!) newer = older;
    this.#next[row] = older;
    this.#before[row] = newer;
    if (older >= 0) this.#before[older] = row;
    if (newer >= 0) this.#next[newer] = row;
    else places[at + HEAD] = row;
    const length = ++places[at + LENGTH]!;
    if (length > WALKED) this.#index(place, length).set(this.start[row]!, row);
  }

  #unlink(row: number, place: number): void {
    const places = this.#places;
    const at = place * PER_PLACE;
    const next = this.#next[row]!;
    const before = this.#before[row]!;
    if (next >= 0) this.#before[next] = before;
    if (before >= 0) this.#next[before] = next;
    else places[at + HEAD] = next;
    const length = --places[at + LENGTH]!;
    assert(length >= 0, 'a key has as many rows as were opened');
    if (length < WALKED) return;
    if (length === WALKED) this.#indexes.delete(place);
    else this.#indexes.get(place)!.delete(this.start[row]!);
  }

  #index(place: number, length: number): Map<number, number> {
    let index = this.#indexes.get(place);
    if (index !== undefined && length > WALKED + 1) return index;
    this.#indexes.set(place, (index = new Map<number, number>()));
    for (let row = this.newest(place); row >= 0; row = this.#next[row]!) index.set(this.start[row]!, row);
    return index;
  }

  #fresh(): number {
    const row = this.#used++;
    if (row === this.place.length) this.#grow(row * 2);
    return row;
  }

  #grow(rows: number): void {
    this.place = copied(this.place, new Int32Array(rows));
    this.start = copied(this.start, new Float64Array(rows));
    this.end = copied(this.end, new Float64Array(rows));
    this.order = copied(this.order, new Float64Array(rows));
    this.records = copied(this.records, new Float64Array(rows));
    this.unshown = copied(this.unshown, new Float64Array(rows));
    this.panes = copied(this.panes, new Int32Array(rows));
    this.closed = copied(this.closed, new Uint8Array(rows));
    this.turn = copied(this.turn, new Int32Array(rows));
    this.#next = copied(this.#next, new Int32Array(rows));
    this.#before = copied(this.#before, new Int32Array(rows));
    this.#hasGrown(rows);
  }

  #growPlaces(place: number): void {
    this.#places = copied(this.#places, emptyPlaces(Math.max(place + 1, (this.#places.length / PER_PLACE) * 2)));
  }
}

function emptyPlaces(places: number): Int32Array {
  const empty = new Int32Array(places * PER_PLACE).fill(-1);
  for (let at = LENGTH; at < empty.length; at += PER_PLACE) empty[at] = 0;
  return empty;
}

function copied<A extends Float64Array | Int32Array | Uint8Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
