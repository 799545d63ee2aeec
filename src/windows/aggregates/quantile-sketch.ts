import type { BucketScale } from './buckets.ts';
import { Pages, wider } from './pages.ts';
import { laterForm } from './sketch-form.ts';

const FORM = 1;
/** So many values are kept as they are. */
const FEW = 64;
/** Smaller magnitudes count as 0. */
const LEAST_NORMAL = 2 ** -1022;
const HEADER = 42;

/**
 * Values by magnitude, in buckets whose width is a share of the value (DDSketch, Masson, Rim and Lee). Up to 64 values
 * are kept themselves. Where values lie in too many places, all buckets become twice as wide (UDDSketch, Epicoco and
 * others), so the error grows for all alike and says so. What is kept depends only on which values there were, not on
 * their order or on how they were divided, so merging is exact.
 */
export class QuantileSketch {
  readonly #scale: BucketScale;
  #few: number[] | undefined = [];
  #count = 0;
  #least: number = Number.POSITIVE_INFINITY;
  #most: number = Number.NEGATIVE_INFINITY;
  #zeros = 0;
  #level = 0;
  #above = new Pages();
  /** By magnitude. */
  #below = new Pages();

  constructor(scale: BucketScale) {
    this.#scale = scale;
  }

  add(x: number): void {
    this.#count++;
    if (x < this.#least) this.#least = x;
    if (x > this.#most) this.#most = x;
    if (this.#few === undefined) this.#put(x);
    else if (this.#few.push(x) > FEW) this.#spread();
  }

  merge(later: QuantileSketch): void {
    if (later.#few !== undefined) {
      for (const x of later.#few) this.add(x);
      return;
    }
    if (this.#few !== undefined) this.#spread();
    this.#count += later.#count;
    this.#least = Math.min(this.#least, later.#least);
    this.#most = Math.max(this.#most, later.#most);
    this.#zeros += later.#zeros;
    if (later.#level > this.#level) this.#widen(later.#level - this.#level);
    this.#above.join(later.#above, this.#level - later.#level);
    this.#below.join(later.#below, this.#level - later.#level);
    this.#fit();
  }

  /** The value that has a share q of the others below it: in order, the one at floor(q (n - 1)). NaN of nothing. */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.floor(q * (this.#count - 1));
    if (this.#few !== undefined) return Float64Array.from(this.#few).sort()[rank]!;
    if (rank === 0) return this.#least;
    if (rank === this.#count - 1) return this.#most;
    return Math.min(this.#most, Math.max(this.#least, this.#bucketed(rank)));
  }

  /** Form, level and count, least, most, zeros, how many buckets below and above 0, then bucket and count of each. */
  toBytes(): Uint8Array<ArrayBuffer> {
    if (this.#few !== undefined) {
      const bytes = new Uint8Array(2 + 8 * this.#few.length);
      bytes.set([FORM, 255]);
      const view = new DataView(bytes.buffer);
      for (const [i, x] of Float64Array.from(this.#few).sort().entries()) view.setFloat64(2 + 8 * i, x, true);
      return bytes;
    }
    const [below, above] = [this.#below.size().buckets, this.#above.size().buckets];
    const bytes = new Uint8Array(HEADER + 12 * (below + above));
    bytes.set([FORM, this.#level]);
    const view = new DataView(bytes.buffer);
    for (const [i, x] of [this.#count, this.#zeros, this.#least, this.#most].entries()) view.setFloat64(2 + 8 * i, x, true);
    view.setUint32(34, below, true);
    view.setUint32(38, above, true);
    let at = HEADER;
    const write = (bucket: number, count: number): void => {
      view.setInt32(at, bucket, true);
      view.setFloat64(at + 4, count, true);
      at += 12;
    };
    this.#below.each(write);
    this.#above.each(write);
    return bytes;
  }

  /** Undefined where the bytes are none of these. */
  static of(bytes: Uint8Array, scale: BucketScale): QuantileSketch | undefined {
    const [form, level] = bytes;
    if (form === undefined || form > FORM) throw laterForm('quantile', form, FORM);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sketch = new QuantileSketch(scale);
    if (level === 255) {
      if ((bytes.length - 2) % 8 !== 0) return undefined;
      for (let at = 2; at < bytes.length; at += 8) sketch.add(view.getFloat64(at, true));
      return sketch;
    }
    if (bytes.length < HEADER) return undefined;
    const [below, above] = [view.getUint32(34, true), view.getUint32(38, true)];
    if (bytes.length !== HEADER + 12 * (below + above)) return undefined;
    sketch.#few = undefined;
    sketch.#level = level!;
    sketch.#count = view.getFloat64(2, true);
    sketch.#zeros = view.getFloat64(10, true);
    sketch.#least = view.getFloat64(18, true);
    sketch.#most = view.getFloat64(26, true);
    for (let i = 0; i < below + above; i++) {
      const pages = i < below ? sketch.#below : sketch.#above;
      pages.add(view.getInt32(HEADER + 12 * i, true), view.getFloat64(HEADER + 4 + 12 * i, true));
    }
    return sketch;
  }

  #spread(): void {
    const few = this.#few!;
    this.#few = undefined;
    for (const x of few) this.#put(x);
  }

  #put(x: number): void {
    if (x >= LEAST_NORMAL) this.#above.add(wider(this.#scale.indexOf(x), this.#level), 1);
    else if (x <= -LEAST_NORMAL) this.#below.add(wider(this.#scale.indexOf(-x), this.#level), 1);
    else this.#zeros++;
    if (this.#above.used + this.#below.used > this.#scale.pages) this.#fit();
  }

  #fit(): void {
    while (this.#above.used + this.#below.used > this.#scale.pages) this.#widen(1);
  }

  #widen(levels: number): void {
    const [above, below] = [this.#above, this.#below];
    this.#above = new Pages();
    this.#below = new Pages();
    this.#above.join(above, levels);
    this.#below.join(below, levels);
    this.#level += levels;
  }

  #bucketed(rank: number): number {
    const below = this.#below.size().total;
    // Those below 0 rise as their magnitudes fall.
    if (rank < below) return -this.#scale.middleOf(this.#below.bucketAt(below - 1 - rank), this.#level);
    const left = rank - below - this.#zeros;
    return left < 0 ? 0 : this.#scale.middleOf(this.#above.bucketAt(left), this.#level);
  }
}
