import { type Atom, compareAtoms } from './order.ts';

/** One of the most frequent. Its true count is at least `count - error` and at most `count`. */
export interface Frequent<V> {
  readonly value: V;
  readonly count: number;
  readonly error: number;
}

/** As it is written: columns in the order of the heap, so that it goes on exactly as it would have. */
export interface PackedCounters {
  readonly values: readonly Atom[];
  readonly counts: readonly number[];
  readonly errors: readonly number[];
}

/**
 * Space-Saving (Metwally, Agrawal, El Abbadi): as many counters as there is capacity. A value without one takes over
 * the counter that stands lowest, with its count, which is then how far its own may be too high. No counter is off by
 * more than all counts divided by the capacity, and whatever is more frequent than that has one. Merged after Cafaro,
 * Pulimeno and Tempesta, which keeps both. While there are fewer values than counters everything is exact.
 */
export class SpaceSaving {
  readonly capacity: number;
  readonly #slots = new Map<Atom, number>();
  /** By slot. */
  readonly #values: Atom[] = [];
  readonly #counts: number[] = [];
  readonly #errors: number[] = [];
  readonly #places: number[] = [];
  /** Slots as a heap: the lowest count first. */
  readonly #heap: number[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(value: Atom, weight: number): void {
    const known = this.#slots.get(value);
    if (known !== undefined) {
      this.#counts[known]! += weight;
      this.#sink(this.#places[known]!);
    } else if (this.#heap.length < this.capacity) {
      this.#push(value, weight, 0);
    } else {
      const least = this.#counts[this.#heap[0]!]!;
      this.#replace(value, least + weight, least);
    }
  }

  /** Counters of both, each with what the other may have missed of its value; the highest stay. */
  merge(later: SpaceSaving): void {
    const [least, laterLeast] = [this.#unseen(), later.#unseen()];
    const fresh = later.#heap.filter((slot) => !this.#slots.has(later.#values[slot]!));
    for (let slot = 0; slot < this.#values.length; slot++) {
      const other = later.#slots.get(this.#values[slot]!);
      this.#counts[slot]! += other === undefined ? laterLeast : later.#counts[other]!;
      this.#errors[slot]! += other === undefined ? laterLeast : later.#errors[other]!;
    }
    for (let place = (this.#heap.length >> 1) - 1; place >= 0; place--) this.#sink(place);
    for (const slot of fresh) {
      const [value, count, error] = [later.#values[slot]!, later.#counts[slot]! + least, later.#errors[slot]! + least];
      if (this.#heap.length < this.capacity) this.#push(value, count, error);
      else if (count > this.#counts[this.#heap[0]!]!) this.#replace(value, count, error);
    }
  }

  /** The most frequent first; of equal ones in the order of their values. */
  top(k: number): Frequent<Atom>[] {
    return this.#all().sort(byCount).slice(0, k);
  }

  pack(): PackedCounters {
    const all = this.#all();
    return { values: all.map(({ value }) => value), counts: all.map(({ count }) => count), errors: all.map(({ error }) => error) };
  }

  static of({ values, counts, errors }: PackedCounters, capacity: number): SpaceSaving {
    const sketch = new SpaceSaving(capacity);
    // What stands in the order of a heap is one.
    for (const [i, value] of values.entries()) sketch.#push(value, counts[i]!, errors[i]!);
    return sketch;
  }

  /** What a value without a counter may have at most. */
  #unseen(): number {
    return this.#heap.length < this.capacity ? 0 : this.#counts[this.#heap[0]!]!;
  }

  /** In the order of the heap. */
  #all(): Frequent<Atom>[] {
    return this.#heap.map((slot) => ({ value: this.#values[slot]!, count: this.#counts[slot]!, error: this.#errors[slot]! }));
  }

  /** Takes over the lowest counter. */
  #replace(value: Atom, count: number, error: number): void {
    const slot = this.#heap[0]!;
    this.#slots.delete(this.#values[slot]!);
    this.#slots.set(value, slot);
    this.#values[slot] = value;
    this.#counts[slot] = count;
    this.#errors[slot] = error;
    this.#sink(0);
  }

  #push(value: Atom, count: number, error: number): void {
    const slot = this.#heap.length;
    this.#slots.set(value, slot);
    this.#values.push(value);
    this.#counts.push(count);
    this.#errors.push(error);
    this.#places.push(slot);
    this.#heap.push(slot);
    this.#rise(slot);
  }

  #rise(from: number): void {
    let place = from;
    const slot = this.#heap[place]!;
    const count = this.#counts[slot]!;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#counts[this.#heap[above]!]! <= count) break;
      this.#put(place, this.#heap[above]!);
      place = above;
    }
    this.#put(place, slot);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const counts = this.#counts;
    let place = from;
    const slot = heap[place]!;
    const count = counts[slot]!;
    for (let below = 2 * place + 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && counts[heap[below + 1]!]! < counts[heap[below]!]!) below++;
      if (counts[heap[below]!]! >= count) break;
      this.#put(place, heap[below]!);
      place = below;
    }
    this.#put(place, slot);
  }

  #put(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#places[slot] = place;
  }
}

function byCount(a: Frequent<Atom>, b: Frequent<Atom>): number {
  return b.count - a.count || compareAtoms(a.value, b.value);
}
