import type { WantedNode } from './member-paths.ts';
import { utf8Bytes } from './utf8-length.ts';

/**
 * Reads one JSON text byte by byte, exactly: it accepts what JSON.parse accepts, no more and no less (but for the limit on
 * nesting, and bytes that are not UTF-8, which JSON.parse never sees), and tells where the wanted members stand in it. Of
 * members that stand there twice the last one counts, as in JSON.parse.
 */
export class LineWalker {
  /** Where the value of each column begins; -1 where there is none. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Where the value begins. */
  rootAt = 0;
  /** Where the text goes wrong, and how. */
  faultAt = 0;
  fault = '';
  readonly #root: WantedNode | undefined;
  readonly #depth: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #to = 0;
  #keyHasEscape = false;
  // What is open around the place that is being read; true is an object.
  readonly #nodes: (WantedNode | undefined)[] = [];
  readonly #kinds: boolean[] = [];

  constructor(root: WantedNode | undefined, columns: number, depth: number) {
    this.#root = root;
    this.#depth = depth;
    this.starts = new Int32Array(columns);
    this.ends = new Int32Array(columns);
  }

  /** Whether the bytes are one JSON text. */
  walk(bytes: Buffer, from: number, to: number): boolean {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    this.starts.fill(-1);
    this.#nodes.length = 0;
    this.#kinds.length = 0;
    this.#space();
    this.rootAt = this.#at;
    let node = this.#root;
    for (;;) {
      const opened = this.#value(node);
      if (opened === FAULT) return false;
      if (opened === OPENED) {
        if (this.#kinds[this.#kinds.length - 1] === true) {
          if (!this.#key()) return false;
          node = this.#member();
        } else node = undefined;
        continue;
      }
      const more = this.#afterValue();
      if (more === FAULT) return false;
      if (more === DONE) break;
      node = more === MEMBER ? this.#member() : undefined;
    }
    this.#space();
    return this.#at === this.#to || this.#unexpected('where the text should end');
  }

  /** A scalar or an empty container whole, or the beginning of a container, up to its first key or value. */
  #value(node: WantedNode | undefined): number {
    const start = this.#at;
    const first = start < this.#to ? this.#bytes[start]! : -1;
    let opened = CLOSED;
    if (first === QUOTE) {
      if (!this.#string()) return FAULT;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (this.#nodes.length === this.#depth) return this.#faulty(start, `it is nested deeper than ${this.#depth} levels`);
      this.#at++;
      this.#space();
      const isObject = first === OPEN_BRACE;
      if (this.#at < this.#to && this.#bytes[this.#at] === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) this.#at++;
      else {
        this.#nodes.push(isObject ? node : undefined);
        this.#kinds.push(isObject);
        opened = OPENED;
      }
    } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
      if (!this.#number()) return FAULT;
    } else if (!this.#word(first)) return FAULT;
    if (node !== undefined && node.column >= 0) {
      this.starts[node.column] = start;
      this.ends[node.column] = this.#at;
    }
    return opened;
  }

  #afterValue(): number {
    for (;;) {
      if (this.#nodes.length === 0) return DONE;
      this.#space();
      const c = this.#at < this.#to ? this.#bytes[this.#at]! : -1;
      const isObject = this.#kinds[this.#kinds.length - 1]!;
      if (c === COMMA) {
        this.#at++;
        this.#space();
        if (!isObject) return ELEMENT;
        return this.#key() ? MEMBER : FAULT;
      }
      if (c !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        this.#unexpected(isObject ? "where a ',' or '}' should be" : "where a ',' or ']' should be");
        return FAULT;
      }
      this.#at++;
      this.#nodes.pop();
      this.#kinds.pop();
    }
  }

  #keyFrom = 0;
  #keyTo = 0;

  /** A key with its colon, up to the value. */
  #key(): boolean {
    if (this.#at >= this.#to || this.#bytes[this.#at] !== QUOTE) return this.#unexpected('where a key in quotes should be');
    this.#keyFrom = this.#at + 1;
    this.#keyHasEscape = false;
    if (!this.#string()) return false;
    this.#keyTo = this.#at - 1;
    this.#space();
    if (this.#at >= this.#to || this.#bytes[this.#at] !== COLON) return this.#unexpected("where a ':' should be");
    this.#at++;
    this.#space();
    return true;
  }

  /** What is wanted of the member whose key was just read; what an earlier one of this name said is forgotten. */
  #member(): WantedNode | undefined {
    const parent = this.#nodes[this.#nodes.length - 1];
    if (parent === undefined) return undefined;
    const from = this.#keyFrom;
    const to = this.#keyTo;
    const name = this.#keyHasEscape ? (JSON.parse(this.#bytes.toString('utf8', from - 1, to + 1)) as string) : undefined;
    for (const member of parent.members) {
      const isIt = name === undefined ? this.#reads(member.bytes, from, to) : name === member.name;
      if (!isIt) continue;
      for (const column of member.node.columns) this.starts[column] = -1;
      return member.node;
    }
    return undefined;
  }

  /** For a few bytes a loop beats any call of Node's. */
  #reads(name: Uint8Array, from: number, to: number): boolean {
    if (name.length !== to - from) return false;
    for (let i = 0; i < name.length; i++) if (this.#bytes[from + i] !== name[i]) return false;
    return true;
  }

  #space(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (; at < this.#to; at++) {
      const c = bytes[at]!;
      if (c !== SPACE && c !== TAB && c !== LF && c !== CR) break;
    }
    this.#at = at;
  }

  #number(): boolean {
    if (this.#bytes[this.#at] === MINUS) this.#at++;
    if (this.#at < this.#to && this.#bytes[this.#at] === ZERO) this.#at++;
    else if (!this.#digits()) return false;
    if (this.#at < this.#to && this.#bytes[this.#at] === DOT) {
      this.#at++;
      if (!this.#digits()) return false;
    }
    if (this.#at < this.#to && (this.#bytes[this.#at]! | 32) === LETTER_E) {
      this.#at++;
      const sign = this.#at < this.#to ? this.#bytes[this.#at]! : -1;
      if (sign === MINUS || sign === PLUS) this.#at++;
      if (!this.#digits()) return false;
    }
    return true;
  }

  #digits(): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    while (at < this.#to && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
    this.#at = at;
    return at > from || this.#unexpected('where a digit should be');
  }

  #word(first: number): boolean {
    const word = first === 116 ? TRUE : first === 102 ? FALSE : first === 110 ? NULL : undefined;
    if (word === undefined) return this.#unexpected('where a value should be');
    for (const letter of word) {
      if (this.#at >= this.#to || this.#bytes[this.#at] !== letter) return this.#unexpected('in the middle of a word');
      this.#at++;
    }
    return true;
  }

  /** From its quote to behind its last one. */
  #string(): boolean {
    const bytes = this.#bytes;
    const to = this.#to;
    const begin = this.#at;
    let at = begin + 1;
    for (; at < to; at++) {
      const c = bytes[at]!;
      if (c === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      if (c < SPACE) {
        this.#faulty(at, `a string has the control character ${hex(c)} in it`);
        return false;
      }
      if (c === BACKSLASH) {
        const length = escapeBytes(bytes, at, to);
        if (length === 0) {
          this.#faulty(at, 'a backslash with nothing behind it that JSON knows');
          return false;
        }
        this.#keyHasEscape = true;
        at += length - 1;
      } else if (c >= 0x80) {
        const length = utf8Bytes(bytes, at, to);
        if (length === 0) {
          this.#faulty(at, `the byte ${hex(c)} is not UTF-8`);
          return false;
        }
        at += length - 1;
      }
    }
    this.#faulty(begin, 'a string has no end');
    return false;
  }

  #unexpected(where: string): false {
    const c = this.#bytes[this.#at]!;
    if (this.#at >= this.#to) this.#faulty(this.#at, `it ends ${where}`);
    else this.#faulty(this.#at, `there is ${c > SPACE && c < 0x7f ? `'${String.fromCharCode(c)}'` : `the byte ${hex(c)}`} ${where}`);
    return false;
  }

  #faulty(at: number, what: string): number {
    this.faultAt = at;
    this.fault = what;
    return FAULT;
  }
}

const FAULT = -1;
const CLOSED = 0;
const OPENED = 1;
const DONE = 2;
const MEMBER = 3;
const ELEMENT = 4;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const LETTER_E = 101;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const TRUE: Uint8Array = Buffer.from('true');
const FALSE: Uint8Array = Buffer.from('false');
const NULL: Uint8Array = Buffer.from('null');

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** How long the escape at a backslash is; 0 where it is none. */
function escapeBytes(bytes: Uint8Array, at: number, to: number): number {
  if (at + 1 >= to) return 0;
  switch (bytes[at + 1]) {
    case QUOTE:
    case BACKSLASH:
    case 47: // The slash.
    case 98: // b f n r t
    case 102:
    case 110:
    case 114:
    case 116:
      return 2;
    case 117:
      if (at + 6 > to) return 0;
      for (let i = at + 2; i < at + 6; i++) {
        const c = bytes[i]!;
        const isHex = (c >= ZERO && c <= NINE) || ((c | 32) >= 97 && (c | 32) <= 102);
        if (!isHex) return 0;
      }
      return 6;
    default:
      return 0;
  }
}
