import { crc32c } from '../base/crc32c.ts';
import type { Headers } from '../core/chunk.ts';
import { columnBytes } from './batch-body.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, HAS_HEADERS, HAS_KEYS, HAS_TIMES } from './format.ts';

const utf8 = new TextDecoder();
const NONE = new Uint32Array(0);

/** Columns over the bytes of a batch, or why its body is not sound. */
export interface Columns {
  readonly bytes: Uint8Array;
  readonly times: Float64Array | undefined;
  readonly valueEnds: Uint32Array;
  readonly keyEnds: Uint32Array;
  readonly headerEnds: Uint32Array;
  readonly valuesAt: number;
  readonly keysAt: number;
  readonly headersAt: number;
}

/** Records that stand one behind the other in a partition. It is a view: nothing is copied, and it keeps its block in memory. */
export class LogBatch {
  /** The position of the first record; the others follow it one by one. */
  readonly first: number;
  readonly count: number;
  readonly #columns: Columns;
  readonly #skip: number;
  #times: Float64Array | undefined;

  constructor(columns: Columns, first: number, skip: number, count: number) {
    this.#columns = columns;
    this.#skip = skip;
    this.first = first;
    this.count = count;
  }

  /** Event times in milliseconds; NaN where there is none. */
  get times(): Float64Array {
    const { times } = this.#columns;
    this.#times ??=
      times === undefined ? new Float64Array(this.count).fill(Number.NaN) : times.subarray(this.#skip, this.#skip + this.count);
    return this.#times;
  }

  timeAt(i: number): number {
    return this.#columns.times?.[this.#skip + i] ?? Number.NaN;
  }

  valueAt(i: number): Uint8Array {
    const { bytes, valueEnds, valuesAt } = this.#columns;
    const at = this.#skip + i;
    return bytes.subarray(valuesAt + (at === 0 ? 0 : valueEnds[at - 1]!), valuesAt + valueEnds[at]!);
  }

  values(): Uint8Array[] {
    const { bytes, valueEnds, valuesAt } = this.#columns;
    const values: Uint8Array[] = [];
    let from = this.#skip === 0 ? valuesAt : valuesAt + valueEnds[this.#skip - 1]!;
    for (let i = this.#skip; i < this.#skip + this.count; i++) {
      const to = valuesAt + valueEnds[i]!;
      values.push(bytes.subarray(from, to));
      from = to;
    }
    return values;
  }

  keyAt(i: number): Uint8Array | undefined {
    return this.#entry(this.#columns.keyEnds, this.#columns.keysAt, i);
  }

  headersAt(i: number): Headers | undefined {
    const bytes = this.#entry(this.#columns.headerEnds, this.#columns.headersAt, i);
    return bytes === undefined ? undefined : (JSON.parse(utf8.decode(bytes)) as Headers);
  }

  #entry(ends: Uint32Array, base: number, i: number): Uint8Array | undefined {
    if (ends.length === 0) return undefined;
    const at = this.#skip + i;
    const from = at === 0 ? 0 : ends[at - 1]!;
    return from === ends[at] ? undefined : this.#columns.bytes.subarray(base + from + 1, base + ends[at]!);
  }
}

/** Does the body of the batch at `at` fit the checksum in its header? */
export function bodyFits(bytes: Uint8Array, at: number, header: BatchHeader): boolean {
  return crc32c(bytes.subarray(at + BATCH_HEADER_BYTES, at + header.bytes)) === header.bodyCrc;
}

/**
 * The columns of a batch whose checksums fit; `at` is a multiple of eight in its buffer. Undefined when its lengths lead
 * out of it: no write of ours, whatever the checksums say.
 */
export function columnsOf(bytes: Uint8Array, at: number, { records, flags, bytes: length }: BatchHeader): Columns | undefined {
  let column = bytes.byteOffset + at + BATCH_HEADER_BYTES;
  const valuesAt = at + BATCH_HEADER_BYTES + columnBytes(records, flags);
  const end = at + length;
  if (valuesAt > end) return undefined;
  const take = (flag: number): Uint32Array => {
    if (flag !== 0 && (flags & flag) === 0) return NONE;
    const ends = new Uint32Array(bytes.buffer, column, records);
    column += 4 * records;
    return ends;
  };
  const times = (flags & HAS_TIMES) === 0 ? undefined : new Float64Array(bytes.buffer, column, records);
  if (times !== undefined) column += 8 * records;
  const [valueEnds, keyEnds, headerEnds] = [take(0), take(HAS_KEYS), take(HAS_HEADERS)];
  const keysAt = valuesAt + valueEnds[records - 1]!;
  const headersAt = keysAt + (keyEnds.at(-1) ?? 0);
  if (headersAt + (headerEnds.at(-1) ?? 0) > end) return undefined;
  for (const ends of [valueEnds, keyEnds, headerEnds]) for (let i = 1; i < ends.length; i++) if (ends[i]! < ends[i - 1]!) return undefined;
  return { bytes, times, valueEnds, keyEnds, headerEnds, valuesAt, keysAt, headersAt };
}

/** How many bytes of values the records from `skip` on take, up to `most` of them, until `bytes` are reached; at least one. */
export function countWithin({ valueEnds }: Columns, skip: number, most: number, bytes: number): number {
  const limit = (skip === 0 ? 0 : valueEnds[skip - 1]!) + bytes;
  if (valueEnds[skip + most - 1]! <= limit) return most;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (valueEnds[skip + middle - 1]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
