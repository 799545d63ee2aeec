import type { Headers, Origin } from '../core/chunk.ts';
import { type Position, type Positions, positionAt } from '../core/source.ts';

/** The origin of all records of one read. Ids are `source/partition/position`. */
export class ReadOrigin implements Origin {
  readonly source: string;
  readonly partition: string;
  readonly #positions: Positions;
  readonly #times: ArrayLike<number> | undefined;
  readonly #headers: readonly (Headers | undefined)[] | undefined;

  readonly #readAtMs: number | undefined;
  readonly #lines: ArrayLike<number> | undefined;

  constructor(
    source: string,
    partition: string,
    read: {
      readonly positions: Positions;
      readonly times?: ArrayLike<number> | undefined;
      readonly headers?: readonly (Headers | undefined)[] | undefined;
      readonly lines?: ArrayLike<number> | undefined;
    },
    readAtMs?: number,
  ) {
    this.source = source;
    this.partition = partition;
    this.#positions = read.positions;
    this.#times = read.times;
    this.#headers = read.headers;
    this.#lines = read.lines;
    this.#readAtMs = readAtMs;
  }

  positionAt(row: number): string {
    return String(this.#at(row));
  }
  numberAt(row: number): number {
    const at = this.#at(row);
    return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0 ? at : Number.NaN;
  }
  #at(row: number): Position | undefined {
    return positionAt(this.#positions, row);
  }
  idAt(row: number): string {
    return `${this.source}/${this.partition}/${this.positionAt(row)}`;
  }
  timeAt(row: number): number {
    return this.#times?.[row] ?? Number.NaN;
  }
  headersAt(row: number): Headers | undefined {
    return this.#headers?.[row];
  }
  lineAt(row: number): number {
    return this.#lines?.[row] ?? Number.NaN;
  }
  readAtMs(_row: number): number | undefined {
    return this.#readAtMs;
  }
}
