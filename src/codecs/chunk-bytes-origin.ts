import type { Headers, Origin } from '../core/chunk.ts';

export interface Place {
  readonly source: string;
  readonly partition: string;
}

/** What is known of the records of a chunk that came as bytes, one entry a record. */
export interface WireColumns {
  readonly places: readonly Place[];
  /** Which of the places each record is from; absent when there is one place. */
  readonly placeOf?: Int32Array | undefined;
  readonly positions: Float64Array | readonly string[];
  /** Ids that are not source, partition and position. */
  readonly ids?: readonly (string | undefined)[] | undefined;
  /** Of lines that are not decoded yet; NaN where one is unknown. */
  readonly lines?: Float64Array | undefined;
  readonly times?: Float64Array | undefined;
  readonly headers?: readonly (Headers | undefined)[] | undefined;
  /** NaN where it is unknown. */
  readonly readAt?: Float64Array | undefined;
}

/** The origin of a chunk that came as bytes: it answers what the origin on the other side would have. */
export class WireOrigin implements Origin {
  readonly #columns: WireColumns;

  constructor(columns: WireColumns) {
    this.#columns = columns;
  }

  /** The first row's; `sourceAt` knows each. */
  get source(): string {
    return this.#columns.places[0]!.source;
  }
  get partition(): string {
    return this.#columns.places[0]!.partition;
  }
  sourceAt(row: number): string {
    return this.#placeAt(row).source;
  }
  partitionAt(row: number): string {
    return this.#placeAt(row).partition;
  }
  positionAt(row: number): string {
    return String(this.#columns.positions[row]);
  }
  numberAt(row: number): number {
    const { ids, positions } = this.#columns;
    const position = positions[row];
    return typeof position === 'number' && ids?.[row] === undefined ? position : Number.NaN;
  }
  idAt(row: number): string {
    const { source, partition } = this.#placeAt(row);
    return this.#columns.ids?.[row] ?? `${source}/${partition}/${this.positionAt(row)}`;
  }
  timeAt(row: number): number {
    return this.#columns.times?.[row] ?? Number.NaN;
  }
  headersAt(row: number): Headers | undefined {
    return this.#columns.headers?.[row];
  }
  lineAt(row: number): number {
    return this.#columns.lines?.[row] ?? Number.NaN;
  }
  readAtMs(row: number): number | undefined {
    const ms = this.#columns.readAt?.[row] ?? Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  }

  #placeAt(row: number): Place {
    const { places, placeOf } = this.#columns;
    return places[placeOf === undefined ? 0 : placeOf[row]!]!;
  }
}
