/**
 * Finds the elements of one large JSON array, byte by byte, without looking at what they are: where each begins, and the
 * comma or bracket behind it. Brackets are counted and strings passed over. A string that meets a line feed, which no right
 * one has in it, counts as none, so that a quote that is missing spoils its line and not the rest of the file.
 *
 * It stops at everything there is to tell, and goes on when asked again; where blocks begin makes no difference.
 */
export class ArrayScanner {
  /** In the file: the first byte that was not looked at. */
  at: number;
  /** Line ends before it. */
  lines: number;
  /** Where the element begins that is being read, or was last. */
  elementAt = 0;
  elementLine = 0;
  state: ScanState;
  /** How much of a byte order mark was seen. */
  #markBytes = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** What the depth would be, and the comma or bracket that would have ended the element, if the string were none. */
  #depthInString = 0;
  #endInString = 0;

  constructor(at: number, lines: number, state: ScanState) {
    this.at = at;
    this.lines = lines;
    this.state = state;
  }

  /**
   * Goes on at a byte of the block; `base` is the place of the block in the file. What it found: 'element' (`at` is at the
   * comma or bracket behind it), 'missing' (a comma or bracket where an element should begin), 'noArray', 'garbage'
   * (something behind the array), or undefined at the end of the block.
   */
  scan(block: Uint8Array, base: number): Found | undefined {
    for (let i = this.at - base; i < block.length; i = this.at - base) {
      if (this.state === 'inside') {
        if (this.#toEndOfElement(block, base)) return 'element';
        continue;
      }
      const c = block[i]!;
      if (this.#isPassedOver(c)) {
        if (c === LF) this.lines++;
        this.at++;
        continue;
      }
      const found = this.#step(c);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Space, the byte order mark of a file, and everything where nothing is told any more. */
  #isPassedOver(c: number): boolean {
    if (this.state === 'before' && this.at < MARK.length) {
      if (c === MARK[this.at] && this.#markBytes === this.at) {
        this.#markBytes++;
        return true;
      }
      if (this.#markBytes > 0) return false;
    }
    return this.state === 'over' || c === SPACE || c === LF || c === CR || c === TAB;
  }

  /** Where the file ends before an element: the place to name. */
  moveElement(): void {
    this.elementAt = this.at;
    this.elementLine = this.lines;
  }

  #step(c: number): Found | undefined {
    switch (this.state) {
      case 'before':
        if (c !== OPEN_BRACKET || this.#markBytes % MARK.length > 0) return this.#give('noArray');
        this.at++;
        this.state = 'first';
        return undefined;
      case 'behind':
        // Only a comma or a bracket ends an element.
        this.at++;
        this.state = c === COMMA ? 'next' : 'done';
        return undefined;
      case 'done':
        return this.#give('garbage');
      default:
        return this.#beginElement(c);
    }
  }

  #give(found: 'noArray' | 'garbage'): Found {
    this.moveElement();
    this.state = 'over';
    return found;
  }

  #beginElement(c: number): Found | undefined {
    const isEnd = c === CLOSE_BRACKET;
    if (isEnd && this.state === 'first') {
      this.at++;
      this.state = 'done';
      return undefined;
    }
    this.moveElement();
    this.state = isEnd || c === COMMA ? 'behind' : 'inside';
    return this.state === 'behind' ? 'missing' : undefined;
  }

  /** Up to the comma or bracket behind the element; whether it is in this block. */
  #toEndOfElement(block: Uint8Array, base: number): boolean {
    let i = this.at - base;
    for (; i < block.length; i++) {
      const c = block[i]!;
      if (IS_SPECIAL[c] === 0) {
        this.#isEscaped = false;
        continue;
      }
      if (this.#isInString ? this.#inString(c) : this.#inStructure(c)) {
        this.at = base + i;
        return true;
      }
    }
    this.at = base + i;
    return false;
  }

  /** Whether the element ends here. */
  #inStructure(c: number): boolean {
    if (c === QUOTE) {
      this.#isInString = true;
      this.#isEscaped = false;
      this.#endInString = 0;
      this.#depthInString = this.#depth;
    } else if (c === LF) this.lines++;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#depth++;
    else if (this.#depth === 0 && (c === COMMA || c === CLOSE_BRACKET)) {
      this.state = 'behind';
      return true;
    } else if (this.#depth > 0 && (c === CLOSE_BRACE || c === CLOSE_BRACKET)) this.#depth--;
    return false;
  }

  /** The same where a string is open, which may turn out to be none: at a line feed, what was in it counts as structure. */
  #inString(c: number): boolean {
    if (c === LF) {
      this.#isInString = false;
      this.#depth = this.#endInString === 0 ? this.#depthInString : 0;
      // The line feed is looked at again, by who reads what stands between elements.
      if (this.#endInString !== 0) this.state = this.#endInString === COMMA ? 'next' : 'done';
      else this.lines++;
      return this.#endInString !== 0;
    }
    if (this.#isEscaped) {
      this.#isEscaped = false;
      return false;
    }
    if (c === BACKSLASH) this.#isEscaped = true;
    else if (c === QUOTE) this.#isInString = false;
    else if (this.#endInString === 0) {
      if (c === OPEN_BRACE || c === OPEN_BRACKET) this.#depthInString++;
      else if (this.#depthInString === 0 && (c === COMMA || c === CLOSE_BRACKET)) this.#endInString = c;
      else if (this.#depthInString > 0 && (c === CLOSE_BRACE || c === CLOSE_BRACKET)) this.#depthInString--;
    }
    return false;
  }
}

/**
 * Before the array, before its first element, before one that must come, inside of one, at what stands behind one, behind
 * the array; or nothing is told of the rest.
 */
export type ScanState = 'before' | 'first' | 'next' | 'inside' | 'behind' | 'done' | 'over';

export type Found = 'element' | 'missing' | 'noArray' | 'garbage';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const MARK = [0xef, 0xbb, 0xbf];
const IS_SPECIAL: Uint8Array = new Uint8Array(256);
for (const c of [LF, QUOTE, COMMA, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE]) IS_SPECIAL[c] = 1;
