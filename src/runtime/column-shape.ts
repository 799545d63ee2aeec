import type { Column, Columns } from '../core/columns.ts';
import { widen } from './generated-widening.ts';

/**
 * What code that reads columns is made for: names, kinds of arrays, and which columns may have nulls. Reads of one
 * source mostly have one shape. It may change all the same: with a new file, or where strings became too many for a
 * dictionary. A column without nulls fits where nulls may be, so that shapes with and without do not multiply.
 */
export class ColumnShape {
  readonly #names: readonly string[];
  readonly #kinds: readonly string[];
  readonly #hasNulls: readonly boolean[];

  /** `before`: the shape that was too narrow for these columns, to be widened by them. */
  constructor({ names, columns }: Columns, before?: ColumnShape) {
    this.#names = [...names];
    this.#kinds = columns.map(kindOf);
    this.#hasNulls = columns.map((column, at) => nullsIn(column) || (before !== undefined && before.#hasNulls[at] === true));
  }

  /** Names and kinds are the same; whether nulls fit is another question. */
  isLike({ names, columns }: Columns): boolean {
    if (names.length !== this.#names.length) return false;
    for (let at = 0; at < names.length; at++) {
      if (names[at] !== this.#names[at] || kindOf(columns[at]!) !== this.#kinds[at]) return false;
    }
    return true;
  }

  fits(columns: Columns): boolean {
    return this.isLike(columns) && columns.columns.every((column, at) => this.#hasNulls[at]! || !nullsIn(column));
  }

  get hasDictionary(): boolean {
    return this.#kinds.includes('dictionary');
  }

  /** Declares the arrays of `columns`, an expression, by names of their own. */
  declared(columns: string): string {
    return this.#kinds
      .map((kind, at) => {
        const column = `${columns}.columns[${at}]`;
        const nulls = this.#hasNulls[at] ? `, u${at} = nullsOf(${column}, ${columns}.length)` : '';
        if (kind === 'dictionary') return `const d${at} = ${column}.ids, e${at} = ${column}.entries${nulls};`;
        return `const c${at} = ${column}.values${nulls};`;
      })
      .join(' ');
  }

  /** Row `i` as an object literal of what was declared. */
  literal(i: string): string {
    return this.#row((at) => `${this.#hasNulls[at] ? `u${at}[${i}] === 1 ? null : ` : ''}${entry(this.#kinds[at]!, at, i)}`);
  }

  /** Rows that a loop over columns of this shape makes may hold anything. */
  widen(): void {
    widen(this.#row(() => 'any'));
  }

  /** The names are data: they are text in quotes and nothing else. */
  #row(member: (at: number) => string): string {
    // In quotes `__proto__` would set what the row inherits from.
    const members = this.#names.map((name, at) => `${name === '__proto__' ? "['__proto__']" : JSON.stringify(name)}: ${member(at)}`);
    return `{ ${members.join(', ')} }`;
  }
}

function entry(kind: string, at: number, i: string): string {
  if (kind === 'dictionary') return `e${at}[d${at}[${i}]]`;
  if (kind === 'boolean') return `c${at}[${i}] === 1`;
  return `c${at}[${i}]`;
}

/** Arrays of another type would make the code that reads them slow for both. */
function kindOf(column: Column): string {
  return column.kind === 'number' || column.kind === 'bigint' ? column.values.constructor.name : column.kind;
}

function nullsIn(column: Column): boolean {
  return column.kind !== 'plain' && column.nulls !== undefined;
}

let none = new Uint8Array(1024);

/** Of a column that has no nulls this time. */
export function nullsOf(column: Exclude<Column, { kind: 'plain' }>, length: number): Uint8Array {
  if (column.nulls !== undefined) return column.nulls;
  if (none.length < length) none = new Uint8Array(length * 2);
  return none;
}

/** How many shapes of one source have code at a time; whoever has more of them alternates between files. */
const MOST_SHAPES = 8;
/** Beyond so many members an object is a dictionary to the engine, and a literal saves nothing. */
const MOST_COLUMNS = 100;

/** Something made for a shape, for the last few shapes. */
export class ByShape<T> {
  readonly #make: (shape: ColumnShape) => T;
  #known: { readonly shape: ColumnShape; readonly made: T }[] = [];

  constructor(make: (shape: ColumnShape) => T) {
    this.#make = make;
  }

  /** Undefined where there are too many columns to make code for. */
  of(columns: Columns): T | undefined {
    const [last] = this.#known;
    if (last?.shape.fits(columns) === true) return last.made;
    if (columns.names.length > MOST_COLUMNS) return undefined;
    const at = this.#known.findIndex(({ shape }) => shape.isLike(columns));
    const like = at < 0 ? undefined : this.#known.splice(at, 1)[0];
    const found = like?.shape.fits(columns) === true ? like : this.#fresh(new ColumnShape(columns, like?.shape));
    this.#known = [found, ...this.#known.slice(0, MOST_SHAPES - 1)];
    return found.made;
  }

  #fresh(shape: ColumnShape): { readonly shape: ColumnShape; readonly made: T } {
    shape.widen();
    return { shape, made: this.#make(shape) };
  }
}
