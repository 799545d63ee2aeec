import type { PlainColumn } from '../core/columns.ts';
import type { TextSlices } from './wasm/space.ts';

/** Where the strings of a column lie: UTF-8, one behind the other. */
export interface Texts {
  readonly bytes: Uint8Array;
  /** 0, and then where each string ends. */
  readonly ends: Uint32Array;
  /** 1 where a string has other letters than those of ASCII; absent where none has. */
  readonly wide: Uint8Array | undefined;
  readonly nulls: Uint8Array | undefined;
}

/** Parts of a string that are shorter are copies in V8; longer ones point into it, and keep it in memory. */
const COPIED = 13;

/** Strings that are made when somebody looks at them. Until then they can go to another thread for next to nothing. */
export class TextsColumn implements PlainColumn {
  readonly kind = 'plain';
  #texts: Texts | undefined;
  #values: readonly (string | null)[];

  /** `values`: where they are made already. They are no other kind of object then, for which loops would be compiled anew. */
  constructor(texts: Texts | undefined, values: readonly (string | null)[] = []) {
    this.#texts = texts;
    this.#values = values;
  }

  /** Undefined once the strings are made. */
  get texts(): Texts | undefined {
    return this.#texts;
  }

  get values(): readonly (string | null)[] {
    if (this.#texts === undefined) return this.#values;
    this.#values = stringsOf(this.#texts);
    this.#texts = undefined;
    return this.#values;
  }
}

function stringsOf({ bytes, ends, wide, nulls }: Texts): (string | null)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) as Buffer & TextSlices;
  const values = new Array<string | null>(ends.length - 1);
  // Short ones are cut out of one string, which copies them, in a third of the time; longer ones would keep all of it.
  const all = buffer.latin1Slice(0, buffer.length);
  for (let row = 0, begin = 0; row < values.length; row++) {
    const end = ends[row + 1]!;
    if (nulls?.[row] === 1) values[row] = null;
    else if (wide?.[row] === 1) values[row] = buffer.utf8Slice(begin, end);
    else values[row] = end - begin < COPIED ? all.slice(begin, end) : buffer.latin1Slice(begin, end);
    begin = end;
  }
  return values;
}
