/** What may stand in a header: text, True and False, whole numbers, and tuples, lists and dictionaries of these. */
export type Literal = string | boolean | number | readonly Literal[] | ReadonlyMap<string, Literal>;

/** Something else stands there; `at` counts characters. */
export interface LiteralMistake {
  readonly at: number;
  readonly what: string;
}

const SPACE = /[ \t\n\r]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d{1,20}L?/y;
const TEXT = /'([^'\\\n]*)'|"([^"\\\n]*)"/y;
const MAX_DEPTH = 8;

/**
 * Reads one Python literal and nothing else: it is never run, and everything that is not a plain value is a mistake.
 * Each character is looked at once, so that no header takes long.
 */
export function readLiteral(text: string): Literal | { readonly mistake: LiteralMistake } {
  const reader = new LiteralReader(text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof Mistake) return { mistake: { at: error.at, what: error.message } };
    throw error;
  }
}

class Mistake extends Error {
  readonly at: number;
  constructor(at: number, what: string) {
    super(what);
    this.at = at;
  }
}

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Literal {
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#mistake('something stands behind the end');
    return value;
  }

  #value(depth: number): Literal {
    this.#match(SPACE);
    if (depth > MAX_DEPTH) throw this.#mistake('it is nested too deep');
    const next = this.#text[this.#at];
    if (next === '{') return this.#dictionary(depth);
    if (next === '(') return this.#list(')', depth);
    if (next === '[') return this.#list(']', depth);
    if (next === "'" || next === '"') return this.#string();
    const from = this.#at;
    const digits = this.#match(NUMBER)?.[0];
    if (digits !== undefined) {
      const value = Number.parseInt(digits, 10);
      if (!Number.isSafeInteger(value)) throw new Mistake(from, `the number ${digits} is too large`);
      return value;
    }
    const word = this.#match(WORD)?.[0];
    if (word === 'True' || word === 'False') return word === 'True';
    throw new Mistake(from, next === undefined ? 'it ends too early' : 'there is something that is no plain value');
  }

  #string(): string {
    const found = this.#match(TEXT);
    if (found === undefined) throw this.#mistake('a text without an end, or with a backslash');
    return found[1] ?? found[2]!;
  }

  #list(close: string, depth: number): readonly Literal[] {
    const members: Literal[] = [];
    this.#at++;
    while (!this.#take(close)) {
      members.push(this.#value(depth + 1));
      if (this.#take(',')) continue;
      // (3) is a number in brackets in Python, and no tuple.
      if (close === ')' && members.length === 1) throw this.#mistake('a comma is missing');
      if (this.#take(close)) break;
      throw this.#mistake(`a comma or ${close} is missing`);
    }
    return members;
  }

  #dictionary(depth: number): ReadonlyMap<string, Literal> {
    const members = new Map<string, Literal>();
    this.#at++;
    while (!this.#take('}')) {
      this.#match(SPACE);
      const from = this.#at;
      const key = this.#string();
      if (members.has(key)) throw new Mistake(from, `'${key}' stands there twice`);
      if (!this.#take(':')) throw this.#mistake('a colon is missing');
      members.set(key, this.#value(depth + 1));
      if (this.#take(',')) continue;
      if (this.#take('}')) break;
      throw this.#mistake('a comma or } is missing');
    }
    return members;
  }

  #take(sign: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #mistake(what: string): Mistake {
    return new Mistake(this.#at, what);
  }
}
