import { type DType, type Elements, type Scalar, scalarAt, type Vector, vectorOf } from '../../codecs/arrays/dtype.ts';
import { lengthOf, shapeText } from '../../codecs/arrays/layout.ts';
import type { ArrayLayout } from '../../codecs/arrays/npy-header.ts';
import type { Source } from '../../core/source.ts';
import type { ArrayFile } from './array-file.ts';
import { arraySource } from './array-source.ts';
import { outside } from './errors.ts';
import { PageCache } from './page-cache.ts';

export interface Mapping {
  readonly path: string;
  readonly file: ArrayFile;
  readonly layout: ArrayLayout;
  readonly pageBytes: number;
  readonly cacheBytes: number;
}

/** How much is read at once by who goes through rows. */
const BLOCK_BYTES = 262_144;

/**
 * An array in a file: what `memmap` answers. Elements and short rows come from pages that are kept; long rows and parts
 * are read past them, so that one walk over the whole file does not drive out what is asked for again and again.
 */
export class MappedArray<D extends DType, R> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** How many rows there are. */
  readonly length: number;
  readonly #path: string;
  readonly #file: ArrayFile;
  readonly #layout: ArrayLayout;
  readonly #cache: PageCache;
  readonly #rowLength: number;

  /** @internal */
  constructor({ path, file, layout, pageBytes, cacheBytes }: Mapping) {
    const { kind, order, from, rows, row } = layout;
    this.dtype = kind.dtype as D; // Checked against the option before.
    this.shape = [rows, ...row];
    this.length = rows;
    this.#path = path;
    this.#file = file;
    file.reads = file.readBytes = 0; // Of the header there is nothing to tell.
    this.#layout = layout;
    this.#rowLength = lengthOf(row);
    this.#cache = new PageCache(file, { kind, order, from, length: rows * this.#rowLength, pageBytes, cacheBytes });
  }

  /** What the pages take in memory, how often the disk was asked and for how much. */
  get cache(): { readonly pages: number; readonly bytes: number; readonly reads: number; readonly readBytes: number } {
    const { pages, bytes } = this.#cache;
    return { pages, bytes, reads: this.#file.reads, readBytes: this.#file.readBytes };
  }

  /** One element, by as many indices as the array has dimensions. */
  at(...indices: readonly number[]): Scalar<D> {
    const { shape } = this;
    let element = 0;
    let isInside = indices.length === shape.length;
    for (let d = 0; d < shape.length; d++) {
      const index = indices[d]!;
      // NaN is neither; a fraction is not what it is without it.
      isInside = isInside && index >= 0 && index < shape[d]! && Math.floor(index) === index;
      element = element * shape[d]! + index;
    }
    if (!isInside) throw this.#outside(`there is no element [${indices.join(', ')}]`);
    this.#file.check();
    const at = this.#cache.find(element);
    return (at < 0 ? scalarAt(this.#read(element, 1), 0, this.dtype) : scalarAt(this.#cache.elements, at, this.dtype)) as Scalar<D>;
  }

  /** A row: one element where the array is a list, else a copy of its elements, which may be kept. */
  row(index: number): R {
    if (!(index >= 0 && index < this.length) || !Number.isInteger(index)) throw this.#outside(`there is no row ${index}`);
    if (this.shape.length === 1) return this.at(index) as R;
    this.#file.check();
    return this.#copy(index * this.#rowLength, this.#rowLength) as R;
  }

  /** The elements of some rows, one after the other, as one typed array; up to the end where no `to` is given. */
  part(from: number, to: number = this.length): Vector<D> {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > this.length || from > to)
      throw this.#outside(`there are no rows ${from} to ${to}`);
    this.#file.check();
    return this.#copy(from * this.#rowLength, (to - from) * this.#rowLength) as Vector<D>;
  }

  /**
   * Goes through rows, 256 KiB at a time. The disk is asked without a promise, so nothing else happens meanwhile: where
   * that matters, read `source()` in a pipeline.
   */
  *rows(from: number = 0, to: number = this.length): Generator<R, void, undefined> {
    const { kind, row } = this.#layout;
    const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (this.#rowLength * kind.bytes)));
    this.part(from, from);
    for (let first = from; first < to; first += blockRows) {
      const block: Elements = this.part(first, Math.min(first + blockRows, to));
      for (let at = 0; at < block.length; at += this.#rowLength)
        yield (row.length === 0 ? scalarAt(block, at, this.dtype) : block.slice(at, at + this.#rowLength)) as R;
    }
  }

  [Symbol.iterator](): Generator<R, void, undefined> {
    return this.rows();
  }

  /**
   * The rows as a source, each once and in order, read with promises and past the pages. It opens the file by itself, so
   * it can be read after the array was closed.
   */
  source(): Source<R> {
    return arraySource<R>(this.#path, this.#layout, this.#file);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #copy(element: number, count: number): Elements {
    const { kind } = this.#layout;
    const { elements, pageLength } = this.#cache;
    const at = count < pageLength ? this.#cache.find(element) : -1;
    if (at < 0) {
      const stored = this.#read(element, count);
      return kind.given === kind.stored ? stored : vectorOf(stored, 0, count, kind);
    }
    const room = pageLength - (at % pageLength);
    if (count <= room) return vectorOf(elements, at, at + count, kind);
    // It lies on two pages, and the second may take the frame of the first.
    const copy = new kind.given(count);
    copy.set(elements.subarray(at, at + room) as never, 0);
    const rest = this.#cache.find(element + room);
    if (rest < 0) copy.set(this.#read(element + room, count - room) as never, room);
    else copy.set(elements.subarray(rest, rest + count - room) as never, room);
    return copy;
  }

  /** Past the pages. */
  #read(element: number, count: number): Elements {
    const { kind, order, from } = this.#layout;
    const stored = new kind.stored(count);
    this.#file.fillElements(new Uint8Array(stored.buffer), from + element * kind.bytes, order, kind.bytes);
    return stored;
  }

  #outside(what: string): Error {
    return outside(this.#file.where, `${what}, and the shape is ${shapeText(this.shape)}`);
  }
}
