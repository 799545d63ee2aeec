import type { FileEncoder, WritingFormat } from '../../core/format.ts';
import { type ByteOrder, type DType, type Elements, type ElementKind, KINDS, MACHINE_ORDER, swapBytes } from './dtype.ts';
import { unwritable } from './errors.ts';
import { type ArrayWish, lengthOf } from './layout.ts';
import { npyHeader } from './npy-header.ts';

export interface RowWriting extends ArrayWish {
  readonly order: ByteOrder;
  /** The header of numpy, whose count of rows is put in at the end. */
  readonly hasHeader: boolean;
}

const PIECE_BYTES = 65_536;

/** Rows of one shape and one type; both are those of the first row where they were not declared. */
export function rowWriting<T>(writing: RowWriting): WritingFormat<T> {
  return { canAppend: !writing.hasHeader, open: ({ where }) => new RowEncoder<T>(writing, where) };
}

class RowEncoder<T> implements FileEncoder<T> {
  readonly #writing: RowWriting;
  readonly #where: string;
  readonly #isDeclared: boolean;
  #kind: ElementKind | undefined;
  #row: readonly number[] = [];
  #length = 1;
  #rows = 0;
  #hasBegun = false;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** The piece being filled, and how many of its elements are. */
  #piece: Elements = new Uint8Array(0);
  #filled = 0;

  constructor(writing: RowWriting, where: string) {
    this.#writing = writing;
    this.#where = where;
    if (writing.hasHeader) this.patch = () => npyHeader({ kind: this.#kind!, row: this.#row }, this.#rows); // Behind `end`, so there is a kind.
    this.#isDeclared = writing.dtype !== undefined && writing.row !== undefined;
    if (this.#isDeclared) this.#settle(KINDS[writing.dtype!], writing.row!);
  }

  get heldBytes(): number {
    return this.#readyBytes + this.#filled * (this.#kind?.bytes ?? 0);
  }

  add(value: T): void {
    if (this.#kind === undefined) this.#learn(value);
    try {
      this.#put(value);
    } catch (error) {
      // What was refused says nothing about the others.
      if (this.#rows === 0 && !this.#isDeclared) {
        this.#kind = undefined;
        this.#piece = new Uint8Array(0);
      }
      throw error;
    }
  }

  #put(value: T): void {
    if (this.#filled + this.#length > this.#piece.length) this.#begin();
    if (this.#row.length === 0) this.#piece[this.#filled] = this.#element(value, value) as never;
    else this.#fill(value);
    this.#filled += this.#length;
    this.#rows++;
  }

  take(): readonly Uint8Array[] {
    this.#seal();
    const header = this.#header();
    const ready = header === undefined ? this.#ready : [header, ...this.#ready];
    this.#ready = [];
    this.#readyBytes = 0;
    return ready;
  }

  end(): readonly Uint8Array[] {
    // A file without rows has a type all the same, as numpy.empty(0) has.
    if (this.#kind === undefined) this.#settle(KINDS[this.#writing.dtype ?? 'float64'], this.#writing.row ?? []);
    return this.take();
  }

  patch?(): Uint8Array;

  #settle(kind: ElementKind, row: readonly number[]): void {
    this.#kind = kind;
    this.#row = row;
    this.#length = lengthOf(row);
  }

  #learn(value: unknown): void {
    const { dtype, row } = this.#writing;
    const seen = KINDS[dtype ?? dtypeOf(value, `${this.#where}, row 0`)];
    this.#settle(seen, row ?? (isRow(value) ? [value.length] : []));
  }

  /** Its count is that of the moment; the right one is put over it by `patch`. */
  #header(): Uint8Array | undefined {
    if (!this.#writing.hasHeader || this.#hasBegun || this.#kind === undefined) return undefined;
    this.#hasBegun = true;
    return npyHeader({ kind: this.#kind, row: this.#row }, this.#rows);
  }

  /** Nothing of a row that is refused stays: what is filled counts only when all of it is. */
  #fill(value: unknown): void {
    if (!isRow(value))
      throw this.#refused(`a value of type ${nameOf(value)} is no row`, `Give ${this.#length} elements, in a typed array or a list.`);
    if (value.length !== this.#length)
      throw this.#refused(
        `a row has ${value.length} elements and the first had, or the option row says, ${this.#length}`,
        'All rows of an array are of one shape.',
      );
    // What is of the same type needs no look at its elements.
    if (value instanceof this.#kind!.stored && this.#kind!.dtype !== 'bool') this.#piece.set(value as never, this.#filled);
    else for (let i = 0; i < value.length; i++) this.#piece[this.#filled + i] = this.#element(value[i], value) as never;
  }

  #element(value: unknown, whole: unknown): number | bigint {
    const { dtype, least, most } = this.#kind!;
    if (dtype === 'bool' && typeof value === 'boolean') return value ? 1 : 0;
    const isBig = typeof least === 'bigint';
    const isNumber = typeof value === (isBig ? 'bigint' : 'number') && (dtype !== 'bool' || whole !== value);
    if (!isNumber)
      throw this.#refused(`a value of type ${nameOf(value)} is no ${dtype}`, isBig ? 'It is made of bigint.' : 'Convert it first.');
    const number = value as number | bigint;
    if (least === undefined) return number;
    if ((!isBig && !Number.isInteger(number)) || number < least || number > most!)
      throw this.#refused(`${number} is no ${dtype}`, `It holds whole numbers from ${least} to ${most}.`);
    return number;
  }

  #refused(what: string, todo: string): Error {
    return unwritable(`${this.#where}, row ${this.#rows}`, what, todo);
  }

  #begin(): void {
    this.#seal();
    const { stored, bytes } = this.#kind!;
    this.#piece = new stored(Math.max(1, Math.floor(PIECE_BYTES / (this.#length * bytes))) * this.#length);
  }

  /** What is filled becomes ready; the next row begins a piece. */
  #seal(): void {
    const { buffer, byteOffset, BYTES_PER_ELEMENT: bytes } = this.#piece;
    if (this.#filled === 0) return;
    const full = new Uint8Array(buffer, byteOffset, this.#filled * bytes);
    if (this.#writing.order !== MACHINE_ORDER) swapBytes(full, bytes);
    this.#ready.push(full);
    this.#readyBytes += full.length;
    this.#piece = new Uint8Array(0);
    this.#filled = 0;
  }
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The type a value has by itself. */
function dtypeOf(value: unknown, where: string): DType {
  if (Array.isArray(value) && value.length > 0) return dtypeOf(value[0], where);
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'boolean') return 'bool';
  const kind = Object.values(KINDS).find(({ stored }) => value instanceof stored);
  if (kind !== undefined && (value as Elements).length > 0) return kind.dtype;
  throw unwritable(
    where,
    `a value of type ${nameOf(value)} is no row of an array`,
    'Give a number, a bigint, a boolean, or a typed array of them.',
  );
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  return value === null ? 'null' : (value.constructor?.name ?? 'object');
}
