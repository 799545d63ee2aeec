import { beforeBlanks, behindBlanks } from './blanks.ts';
import { CR, type Dialect } from './dialect.ts';
import { Wrong } from './wrong.ts';

/** How a place stands in a row. */
export const PLAIN = 0;
const QUOTED = 1;
/** Quoted, with two quotes in it that are one. */
export const DOUBLED = 2;

/** The places of one row: where each begins and ends (without its quotes), and how it stands there. Used again and again. */
export class Places {
  count = 0;
  begins: number[] = [];
  ends: number[] = [];
  forms: number[] = [];

  /** Cuts bytes[begin, end) into places; the line end is not among them. Wrong: quotes that do not fit. */
  cut(bytes: Uint8Array, begin: number, end: number, dialect: Dialect): Wrong | undefined {
    const { separator, quote } = dialect;
    this.count = 0;
    const last = end > begin && bytes[end - 1] === CR ? end - 1 : end;
    let at = begin;
    for (;;) {
      at = behindBlanks(bytes, at, last, dialect);
      if (at < last && bytes[at] === quote) {
        const found = this.#quoted(bytes, at, last, end, dialect);
        if (found instanceof Wrong) return found;
        if (found === last) return undefined;
        at = found + 1;
        continue;
      }
      let stop = at;
      while (stop < last && bytes[stop] !== separator) stop++;
      this.#add(at, beforeBlanks(bytes, at, stop, dialect), PLAIN);
      if (stop >= last) return undefined;
      at = stop + 1;
    }
  }

  /** Answers the separator behind the place, or `last`. */
  #quoted(bytes: Uint8Array, at: number, last: number, end: number, dialect: Dialect): number | Wrong {
    const { separator, quote } = dialect;
    let form = QUOTED;
    let close = bytes.indexOf(quote, at + 1);
    while (close >= 0 && close < end && bytes[close + 1] === quote && close + 1 < end) {
      form = DOUBLED;
      close = bytes.indexOf(quote, close + 2);
    }
    if (close < 0 || close >= end)
      return new Wrong('HR_CSV_QUOTE', `the quote at the beginning of place ${this.count + 1} is never closed`, QUOTE_TODO);
    const behind = behindBlanks(bytes, close + 1, last, dialect);
    if (behind < last && bytes[behind] !== separator)
      return new Wrong(
        'HR_CSV_QUOTE',
        `place ${this.count + 1} goes on behind its closing quote (${behind - at + 1} bytes behind the opening one)`,
        QUOTE_TODO,
      );
    this.#add(at + 1, close, form);
    return behind;
  }

  #add(begin: number, end: number, form: number): void {
    this.begins[this.count] = begin;
    this.ends[this.count] = end;
    this.forms[this.count++] = form;
  }

  /** An empty place behind the last. */
  pad(): void {
    this.#add(0, 0, PLAIN);
  }
}

const QUOTE_TODO = 'Write a quote inside of a quoted place twice, or read with quote: false where quotes mean nothing.';
