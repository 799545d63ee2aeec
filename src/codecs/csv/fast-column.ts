import type { ColumnSpec } from '../column-kinds.ts';
import { NumberingTrial } from '../numbering-trial.ts';
import { type Texts, TextsColumn } from '../texts-column.ts';
import { beforeBlanks, behindBlanks } from './blanks.ts';
import type { Dialect } from './dialect.ts';
import { BigintDraft, BooleanDraft, type Draft, NumberDraft, StringDraft, TextsDraft } from './drafts.ts';
import { type FastSlab, SLAB_BYTES } from './fast-slab.ts';
import { FastStrings, WANTS_BYTES, WANTS_TABLE } from './fast-strings.ts';
import type { LaidColumn, Layout } from './layout.ts';
import { SHIFTS, ungrouped, withPoint } from './place-value.ts';

/** Addresses that all columns use one after the other. */
interface SharedPlaces {
  readonly nulls: number;
  readonly bad: number;
  readonly tokens: number;
}

/** Where strings are put. */
interface TextPlaces {
  readonly out: number;
  readonly ends: number;
  readonly flags: number;
}

/** A number as it should be, that only Number() reads exactly. */
const EXACTLY = 0x8000_0000;

/** How many bytes of a row a column takes in memory, before it is copied. */
const WIDTHS: Readonly<Record<ColumnSpec['kind'], number>> = { number: 8, integer: 8, time: 8, bigint: 8, boolean: 1, string: 4 };

/**
 * Reads one column of the next rows of a slab, to where it is told; all columns are then copied at once. Rows with a place
 * that is not plainly right are added to a set.
 */
export class FastColumn {
  readonly #slab: FastSlab;
  readonly #spec: ColumnSpec;
  readonly #field: number;
  readonly #isLast: boolean;
  readonly #dialect: Dialect;
  readonly #shared: SharedPlaces;
  readonly width: number;
  #strings: FastStrings | undefined;
  readonly #trial: NumberingTrial;
  #isInVain = false;
  #texts: TextPlaces | undefined;
  // Of the rows read last.
  #nulls: Uint8Array | undefined;
  #plain: TextsColumn | undefined;

  constructor(slab: FastSlab, dialect: Dialect, layout: Layout, { spec, field }: LaidColumn, shared: SharedPlaces) {
    this.#slab = slab;
    this.#spec = spec;
    this.#field = field;
    this.#isLast = field === layout.fields - 1;
    this.#dialect = dialect;
    this.#shared = shared;
    this.width = WIDTHS[spec.kind];
    this.#trial = new NumberingTrial(spec.oneOf === undefined ? dialect.entries : Number.POSITIVE_INFINITY);
    const isNumbered = spec.kind === 'string' && (spec.oneOf !== undefined || dialect.entries > 0);
    this.#strings = isNumbered ? new FastStrings(slab.exports, slab.space, dialect, spec.oneOf) : undefined;
  }

  read(count: number, odd: Set<number>, out: number): void {
    const { exports } = this.#slab;
    this.#plain = undefined;
    switch (this.#spec.kind) {
      case 'number':
      case 'integer':
        return this.#numbers(count, odd, out, 0);
      case 'time':
        return this.#spec.unit === 'iso'
          ? this.#places(exports.times, count, odd, out)
          : this.#numbers(count, odd, out, SHIFTS[this.#spec.unit]);
      case 'bigint':
        return this.#places(exports.bigints, count, odd, out);
      case 'boolean':
        return this.#places(exports.booleans, count, odd, out);
      case 'string':
        return this.#strings === undefined ? this.#texted(count, odd) : this.#numbered(this.#strings, count, odd, out);
    }
  }

  /** What was read, from where it was copied to. */
  draft(count: number, bytes: ArrayBuffer, at: number): Draft {
    switch (this.#spec.kind) {
      case 'number':
      case 'integer':
      case 'time':
        return new NumberDraft(new Float64Array(bytes, at, count), this.#nulls);
      case 'bigint':
        return new BigintDraft(new BigInt64Array(bytes, at, count), this.#nulls);
      case 'boolean':
        return new BooleanDraft(new Uint8Array(bytes, at, count), this.#nulls);
      case 'string':
        return this.#plain !== undefined
          ? new TextsDraft(this.#plain)
          : new StringDraft(new Int32Array(bytes, at, count), this.#strings!, this.#nulls);
    }
  }

  #places(loop: FastSlab['exports']['times'], count: number, odd: Set<number>, out: number): void {
    const { buf, idx, good } = this.#slab;
    const { tokens, nulls, bad } = this.#shared;
    const wrong = loop(
      buf,
      idx,
      good,
      count,
      this.#field,
      this.#isLast,
      this.#dialect.quote,
      this.#spec.mayBeNull,
      tokens,
      out,
      nulls,
      bad,
    );
    this.#addBad(wrong, odd);
    this.#keepNulls(count, this.#slab.result(0));
  }

  #numbers(count: number, odd: Set<number>, out: number, shift: number): void {
    const { buf, idx, good, exports, space } = this.#slab;
    const { tokens, nulls, bad } = this.#shared;
    const { kind, mayBeNull } = this.#spec;
    const wrong = exports.numbers(
      buf,
      idx,
      good,
      count,
      this.#field,
      this.#isLast,
      this.#dialect.quote,
      kind === 'integer',
      kind === 'number',
      shift,
      mayBeNull,
      tokens,
      out,
      nulls,
      bad,
    );
    this.#keepNulls(count, this.#slab.result(0));
    for (let i = 0; i < wrong; i++) {
      const row = space.words[(bad >> 2) + i]!;
      const exact = row < EXACTLY ? Number.NaN : this.#exactly(row - EXACTLY, shift);
      if (Number.isFinite(exact)) space.bytes.writeDoubleLE(exact, out + (row - EXACTLY) * 8);
      else odd.add(row < EXACTLY ? row : row - EXACTLY);
    }
  }

  #exactly(row: number, shift: number): number {
    const { buf, space } = this.#slab;
    const first = buf + this.#slab.placeBegin(row, this.#field);
    let end = buf + this.#slab.placeEnd(row, this.#field);
    if (this.#isLast && space.bytes[end - 1] === 13) end--;
    let begin = behindBlanks(space.bytes, first, end, this.#dialect);
    end = beforeBlanks(space.bytes, begin, end, this.#dialect);
    if (space.bytes[begin] === this.#dialect.quote) {
      begin++;
      end--;
    }
    const written = space.bytes.latin1Slice(begin, end);
    const text = withPoint(this.#spec.kind === 'number' ? ungrouped(written, this.#dialect) : written, this.#dialect.decimal);
    return Number(shift === 0 ? text : `${text}e${shift}`);
  }

  #numbered(strings: FastStrings, count: number, odd: Set<number>, out: number): void {
    // Not at once when it is known: who was told of the last rows has their numbers still to read.
    if (this.#isInVain) return this.#unnumbered(strings, count, odd);
    const slab = this.#slab;
    const { tokens, nulls, bad } = this.#shared;
    let empty = 0;
    let wrong = 0;
    for (let from = 0; ; ) {
      from = slab.exports.ids(
        slab.buf,
        slab.idx,
        slab.good,
        from,
        count,
        this.#field,
        this.#isLast,
        this.#dialect.quote,
        this.#spec.mayBeNull,
        tokens,
        strings.at,
        out,
        nulls,
        bad,
        empty,
        wrong,
      );
      if (from === count) break;
      const why = slab.result(0) | 0;
      empty = slab.result(1);
      wrong = slab.result(2);
      if (why === WANTS_TABLE) strings.growTable();
      else if (why === WANTS_BYTES) strings.growBytes();
      else {
        // Too many different strings: from here on they are not numbered any more, and none of these rows is.
        strings.spellOut();
        return this.#unnumbered(strings, count, odd);
      }
    }
    strings.spellOut();
    this.#isInVain = this.#trial.isInVain(count, strings.entries.length);
    this.#addBad(slab.result(2), odd);
    this.#keepNulls(count, slab.result(1));
  }

  #unnumbered(strings: FastStrings, count: number, odd: Set<number>): void {
    strings.close();
    this.#strings = undefined;
    this.#texted(count, odd);
  }

  #texted(count: number, odd: Set<number>): void {
    const slab = this.#slab;
    const { space } = slab;
    const { tokens, nulls, bad } = this.#shared;
    const texts = (this.#texts ??= { out: space.take(SLAB_BYTES + 64), ends: space.take(4096 * 4 + 4), flags: space.take(4096) });
    const wrong = slab.exports.strings(
      slab.buf,
      slab.idx,
      slab.good,
      count,
      this.#field,
      this.#isLast,
      this.#dialect.quote,
      this.#spec.mayBeNull,
      tokens,
      texts.out,
      texts.ends,
      texts.flags,
      nulls,
      bad,
    );
    this.#keepNulls(count, slab.result(0));
    const size = slab.result(1);
    this.#addBad(wrong, odd);
    this.#plain = new TextsColumn(this.#copied(texts, count, size));
  }

  /** Out of the memory of WebAssembly, all in one piece. */
  #copied(texts: TextPlaces, count: number, size: number): Texts {
    const { bytes, words } = this.#slab.space;
    const isWide = bytes.indexOf(1, texts.flags) - texts.flags;
    const hasWide = isWide >= 0 && isWide < count;
    const memory = new ArrayBuffer((count + 1) * 4 + (hasWide ? count : 0) + size);
    const ends = new Uint32Array(memory, 0, count + 1);
    ends.set(words.subarray(texts.ends >> 2, (texts.ends >> 2) + count + 1));
    const wide = hasWide ? new Uint8Array(memory, ends.byteLength, count) : undefined;
    wide?.set(bytes.subarray(texts.flags, texts.flags + count));
    const copy = new Uint8Array(memory, memory.byteLength - size, size);
    copy.set(bytes.subarray(texts.out, texts.out + size));
    return { bytes: copy, ends, wide, nulls: this.#nulls };
  }

  #addBad(wrong: number, odd: Set<number>): void {
    const { words } = this.#slab.space;
    for (let i = 0; i < wrong; i++) odd.add(words[(this.#shared.bad >> 2) + i]!);
  }

  #keepNulls(count: number, empty: number): void {
    const { nulls } = this.#shared;
    this.#nulls = this.#spec.mayBeNull && empty > 0 ? Uint8Array.from(this.#slab.space.bytes.subarray(nulls, nulls + count)) : undefined;
  }
}
