import { isUtf8 } from 'node:buffer';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import type { BlockAnswer, BlockMark, BlockOpening, BlockReader } from '../../core/format.ts';
import type { RefusedRecord } from '../../core/source.ts';
import { ArrayScanner, type Found, type ScanState } from './array-scanner.ts';
import { ElementBytes } from './element-bytes.ts';
import { LineWalker } from './line-walker.ts';
import { KEPT_OF_LONG } from './refusals.ts';

export interface ArrayReading<T> {
  readonly depth: number;
  /** The value of an element's text, or an error. */
  readonly value: (text: string) => T;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Reads one large JSON array element by element. In memory are one block, and one element of at most `recordBytes`. */
export class ArrayReader<T> implements BlockReader<T> {
  readonly #value: (text: string) => T;
  readonly #where: string;
  readonly #recordBytes: number;
  readonly #scanner: ArrayScanner;
  readonly #element: ElementBytes;
  /** Says where exactly an element is wrong. */
  readonly #walker: LineWalker;
  #block: Buffer = NOTHING;
  /** The place of the block in the file. */
  #base: number;
  #isEnd = false;
  #mark: BlockMark = { byte: 0, state: 'before 0' };
  #values: T[] = [];
  #at: number[] = [];
  #refused: RefusedRecord[] = [];

  constructor({ value, depth }: ArrayReading<T>, { where, recordBytes, from }: BlockOpening) {
    const [state = 'before', lines = '0'] = from?.state.split(' ') ?? [];
    this.#value = value;
    this.#where = where;
    this.#recordBytes = recordBytes;
    this.#base = from?.byte ?? 0;
    this.#scanner = new ArrayScanner(this.#base, Number(lines), state as ScanState);
    this.#element = new ElementBytes(recordBytes, Math.min(KEPT_OF_LONG, recordBytes));
    this.#walker = new LineWalker(undefined, 0, depth);
  }

  feed(bytes: Uint8Array): void {
    this.#base += this.#block.length;
    this.#block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    this.#isEnd = true;
  }

  next(limit: number): BlockAnswer<T> | undefined {
    this.#values = [];
    this.#at = [];
    this.#refused = [];
    while (this.#values.length + this.#refused.length < limit) {
      const found = this.#scanner.scan(this.#block, this.#base);
      if (found !== undefined) this.#tell(found);
      else {
        this.#leaveBlock();
        if (this.#isEnd) this.#tellEnd();
        break;
      }
    }
    if (this.#values.length === 0 && this.#refused.length === 0) return undefined;
    const refused = this.#refused.length === 0 ? undefined : this.#refused;
    return { values: this.#values, at: this.#at, refused, mark: this.#mark };
  }

  /** At the comma or bracket behind what was told, before anything else is looked at. */
  #told(): void {
    const { at, lines, state } = this.#scanner;
    this.#mark = { byte: at, state: `${state} ${lines}` };
  }

  /** The bytes of the block are somebody else's afterwards. */
  #leaveBlock(): void {
    if (this.#scanner.state === 'inside') this.#element.add(new Uint8Array(this.#part()));
    this.#base += this.#block.length;
    this.#block = NOTHING;
  }

  /** What the block has of the element that is being read. */
  #part(): Uint8Array {
    const { at, elementAt } = this.#scanner;
    return this.#block.subarray(Math.max(0, elementAt - this.#base), at - this.#base);
  }

  #tell(found: Found): void {
    if (found === 'element') {
      this.#element.add(this.#part());
      this.#tellElement();
    } else if (found === 'missing') this.#refuse(fault('an element of the array is missing'));
    else {
      const from = this.#scanner.at - this.#base;
      const what = found === 'garbage' ? 'something stands behind the end of the array' : 'the file is no array';
      // What follows is in other blocks perhaps: one byte is there however the file was cut.
      this.#refuse(fault(what), this.#block.subarray(from, from + 1), true);
    }
  }

  /** The file may end behind its array, or where the rest of it is not told any more. */
  #tellEnd(): void {
    const scanner = this.#scanner;
    if (scanner.state === 'done' || scanner.state === 'over') return;
    const isInside = scanner.state === 'inside';
    const { kept } = this.#element.take();
    const what = scanner.state === 'before' ? 'the file ends before an array begins' : 'the file ends inside of the array';
    const end = `${what}, at byte ${scanner.at}`;
    if (!isInside) scanner.moveElement();
    scanner.state = 'over';
    this.#refuse(fault(end), isInside ? kept.subarray(0, KEPT_OF_LONG) : undefined, true);
  }

  #tellElement(): void {
    const { bytes, kept } = this.#element.take();
    if (bytes > this.#recordBytes) {
      this.#refuse(
        {
          code: 'HR_RECORD_TOO_LARGE',
          what: `an element of the array is longer than ${this.#recordBytes} bytes`,
          todo: 'Raise the option recordBytes. Reading goes on behind this element.',
        },
        kept,
        true,
      );
      return;
    }
    try {
      if (!isUtf8(kept)) throw new TypeError('not UTF-8');
      this.#values.push(this.#value(kept.toString('utf8')));
      this.#at.push(this.#scanner.elementAt);
      this.#told();
    } catch (error) {
      if (isHeadraceError(error) && error.action !== 'deadLetter') throw error;
      const isJson = this.#walker.walk(kept, 0, kept.length);
      if (isJson && isHeadraceError(error)) this.#refuse(error, kept);
      else this.#refuse(fault(this.#walker.fault, this.#walker.faultAt), kept);
    }
  }

  #refuse({ code, what, todo, within = 0 }: Fault, bytes?: Uint8Array, isCut = false): void {
    const { elementAt, elementLine } = this.#scanner;
    // The line is that of the element: what is wrong may stand some lines below.
    const place = `line ${elementLine + 1}, byte ${elementAt + within}`;
    const error = new HeadraceError({ code, action: 'deadLetter', where: this.#where, what: `${place}: ${what}`, todo });
    const copy = bytes === undefined ? undefined : new Uint8Array(bytes);
    this.#refused.push({ before: this.#values.length, position: elementAt, error, bytes: copy, isCut: isCut ? true : undefined });
    this.#told();
  }
}

interface Fault {
  readonly code: `HR_${string}`;
  readonly what: string;
  readonly todo: string;
  /** How far behind the beginning of the element. */
  readonly within?: number;
}

function fault(what: string, within = 0): Fault {
  return {
    code: 'HR_DECODE_FAILED',
    what: `not JSON: ${what}`,
    todo: 'Correct the writer, or get the file again where it was cut.',
    within,
  };
}
