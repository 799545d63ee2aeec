import { assert } from '../core/error.ts';

const FIRST = 64;
/** A key with more rows than this gets an index of its own; below, walking its list is cheaper. */
const WALKED = 24;

/**
 * The rows of windows: which key and which span each is of, in parallel typed arrays, since there may be millions. The
 * rows of one key are a list with the newest first, because that is where the next record most likely belongs. A key is
 * known by its place: its number plus one, so that records without a key have place 0.
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
  #heads: Int32Array = new Int32Array(FIRST).fill(-1);
  #lengths: Int32Array = new Int32Array(FIRST);
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

  /** The row of a key whose span begins there, or -1. */
  find(place: number, start: number): number {
    if (place >= this.#heads.length) return -1;
    let row = this.#heads[place]!;
    if (row < 0 || this.start[row] === start) return row;
    if (this.#lengths[place]! > WALKED) return this.#indexes.get(place)?.get(start) ?? -1;
    do row = this.#next[row]!;
    while (row >= 0 && this.start[row] !== start);
    return row;
  }

  /** The newest row of a key, -1 where it has none; `olderThan` goes on from there. */
  newest(place: number): number {
    return place < this.#heads.length ? this.#heads[place]! : -1;
  }
  olderThan(row: number): number {
    return this.#next[row]!;
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
    return this.#lengths[place]! > 0;
  }

  #link(row: number, place: number): void {
    if (place >= this.#heads.length) this.#growPlaces(place);
    const head = this.#heads[place]!;
    this.#next[row] = head;
    this.#before[row] = -1;
    if (head >= 0) this.#before[head] = row;
    this.#heads[place] = row;
    const length = ++this.#lengths[place]!;
    if (length > WALKED) this.#index(place, length).set(this.start[row]!, row);
  }

  #unlink(row: number, place: number): void {
    const next = this.#next[row]!;
    const before = this.#before[row]!;
    if (next >= 0) this.#before[next] = before;
    if (before >= 0) this.#next[before] = next;
    else this.#heads[place] = next;
    const length = --this.#lengths[place]!;
    assert(length >= 0, 'a key has as many rows as were opened');
    if (length < WALKED) return;
    if (length === WALKED) this.#indexes.delete(place);
    else this.#indexes.get(place)!.delete(this.start[row]!);
  }

  #index(place: number, length: number): Map<number, number> {
    let index = this.#indexes.get(place);
    if (index !== undefined && length > WALKED + 1) return index;
    this.#indexes.set(place, (index = new Map<number, number>()));
    for (let row = this.#heads[place]!; row >= 0; row = this.#next[row]!) index.set(this.start[row]!, row);
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
    const places = Math.max(place + 1, this.#heads.length * 2);
    this.#lengths = copied(this.#lengths, new Int32Array(places));
    this.#heads = copied(this.#heads, new Int32Array(places).fill(-1, this.#heads.length));
  }
}

function copied<A extends Float64Array | Int32Array | Uint8Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
