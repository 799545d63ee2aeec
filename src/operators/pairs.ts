import { Chunk, type Headers, type KeyTable, type Origin } from '../core/chunk.ts';
import type { KeptRecord } from './kept-record.ts';

/** What a join has made of two records, or of one that has met none. */
export interface Pair {
  readonly value: unknown;
  readonly left: KeptRecord | undefined;
  readonly right: KeptRecord | undefined;
  readonly keyId: number;
  readonly timeMs: number;
}

/** Collects pairs and makes chunks of them. */
export class Pairs {
  #pairs: Pair[] = [];

  get count(): number {
    return this.#pairs.length;
  }

  add(pair: Pair): void {
    this.#pairs.push(pair);
  }

  clear(): void {
    this.#pairs = [];
  }

  /** As chunks of no more than `limit`; they are forgotten here. */
  take(operator: string, table: KeyTable | undefined, limit: number): Chunk[] {
    const chunks: Chunk[] = [];
    for (let from = 0; from < this.#pairs.length; from += limit) {
      const pairs = this.#pairs.slice(from, from + limit);
      const isKeyed = table !== undefined && pairs.every(({ keyId }) => keyId >= 0);
      const lineage = isKeyed ? { keys: table, keyIds: Int32Array.from(pairs, ({ keyId }) => keyId) } : {};
      const values = pairs.map(({ value }) => value);
      chunks.push(new Chunk(values, new PairOrigin(operator, pairs), lineage));
    }
    this.clear();
    return chunks;
  }
}

/** The identity of a pair: `<operator>/<id of the left>&<id of the right>`, where one is missing nothing. */
class PairOrigin implements Origin {
  readonly source: string;
  readonly partition = '';
  readonly #pairs: readonly Pair[];

  constructor(operator: string, pairs: readonly Pair[]) {
    this.source = operator;
    this.#pairs = pairs;
  }

  idAt(row: number): string {
    return `${this.source}/${this.positionAt(row)}`;
  }
  positionAt(row: number): string {
    const { left, right } = this.#pairs[row]!;
    return `${left?.id ?? ''}&${right?.id ?? ''}`;
  }
  timeAt(row: number): number {
    return this.#pairs[row]!.timeMs;
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}
