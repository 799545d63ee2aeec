import { Chunk, gather, type Headers, type KeyTable, type Origin, slice } from '../core/chunk.ts';
import { keyText } from '../windows/pane-origin.ts';
import type { KeptRecord } from './kept-record.ts';
import type { PendingTimer } from './timers.ts';

/** Collects what a handler makes of the records of one chunk: children, each with its ordinal among those of its record. */
export class Children {
  #values: unknown[] = [];
  #index: number[] = [];
  #ordinals: number[] = [];

  get count(): number {
    return this.#values.length;
  }

  add(values: readonly unknown[], index: number): void {
    for (const [ordinal, value] of values.entries()) {
      this.#values.push(value);
      this.#index.push(index);
      this.#ordinals.push(ordinal);
    }
  }

  /** As chunks of no more than `limit`; they are forgotten here. */
  take(chunk: Chunk, limit: number): Chunk[] {
    if (this.#values.length === 0) return [];
    const lineage = gather(chunk, Int32Array.from(this.#index), this.#values.length);
    const paths = [...(lineage.paths ?? []), Int32Array.from(this.#ordinals)];
    const all = new Chunk(this.#values, chunk.origin, { ...lineage, paths });
    this.clear();
    return pieces(all, limit);
  }

  clear(): void {
    this.#values = [];
    this.#index = [];
    this.#ordinals = [];
  }
}

/** A timer that has fired, for the identity of what it emits. */
export interface Fired {
  readonly timer: PendingTimer;
  readonly kind: 'timer' | 'clock';
  readonly keyId: number;
  /** Of what it emits. */
  readonly timeMs: number;
}

/** A record whose time has come. */
export interface Waited {
  readonly record: KeptRecord;
  readonly keyId: number;
  readonly timeMs: number;
}

export type Cause = Fired | Waited;

/** Collects what a handler emits when the watermark, or the clock, has come so far. */
export class InTime {
  #values: unknown[] = [];
  #causes: Cause[] = [];
  #ordinals: number[] = [];

  get count(): number {
    return this.#values.length;
  }

  add(values: readonly unknown[], cause: Cause): void {
    for (const [ordinal, value] of values.entries()) {
      this.#values.push(value);
      this.#causes.push(cause);
      this.#ordinals.push(ordinal);
    }
  }

  take(of: KeysOf, limit: number): Chunk[] {
    if (this.#values.length === 0) return [];
    const all = chunkInTime(this.#values, this.#causes, of, [Int32Array.from(this.#ordinals)]);
    this.clear();
    return pieces(all, limit);
  }

  clear(): void {
    this.#values = [];
    this.#causes = [];
    this.#ordinals = [];
  }
}

/** A record or a timer as a chunk of its own, for who refuses it or asks about it. */
export function chunkOf(cause: Cause, of: KeysOf): Chunk {
  const value = 'record' in cause ? cause.record.value : { [cause.kind]: cause.timer.name, at: cause.timer.at };
  return chunkInTime([value], [cause], of);
}

/** Whose records they are, and what numbers their keys. */
export interface KeysOf {
  readonly operator: string;
  readonly keys: KeyTable | undefined;
}

function chunkInTime(values: unknown[], causes: readonly Cause[], of: KeysOf, paths?: readonly Int32Array[]): Chunk {
  // A stream that was merged from one with keys and one without has none.
  const keys = causes.every(({ keyId }) => keyId >= 0) ? of.keys : undefined;
  const keyIds = keys === undefined ? undefined : Int32Array.from(causes, ({ keyId }) => keyId);
  return new Chunk(values, new CauseOrigin(of, causes), { keys, keyIds, paths });
}

/**
 * The identity of what timers emit: `<operator>/<key>/<name>/<time>`, equal after every replay. Of the timers of one
 * key and name at most one is set before its time and fires at it; one that is set when the time has come is told from
 * that by the order in which it was set, and so are all that go by the clock. Records have their own.
 */
class CauseOrigin implements Origin {
  readonly source: string;
  readonly partition = '';
  readonly #keys: KeyTable | undefined;
  readonly #causes: readonly Cause[];

  constructor({ operator, keys }: KeysOf, causes: readonly Cause[]) {
    this.source = operator;
    this.#keys = keys;
    this.#causes = causes;
  }

  idAt(row: number): string {
    const cause = this.#causes[row]!;
    return 'record' in cause ? cause.record.id : `${this.source}/${this.positionAt(row)}`;
  }
  sourceAt(row: number): string {
    const cause = this.#causes[row]!;
    return 'record' in cause ? cause.record.source : this.source;
  }
  partitionAt(row: number): string {
    const cause = this.#causes[row]!;
    return 'record' in cause ? cause.record.partition : '';
  }
  positionAt(row: number): string {
    const cause = this.#causes[row]!;
    if ('record' in cause) return cause.record.position;
    const { timer, kind, keyId } = cause;
    const key = this.#keys === undefined || keyId < 0 ? '-' : keyText(this.#keys.keyAt(keyId));
    const order = timer.isLate || kind === 'clock' ? `~${timer.order}` : '';
    return `${key}/${JSON.stringify(timer.name)}/${timer.at}${order}`;
  }
  timeAt(row: number): number {
    return this.#causes[row]!.timeMs;
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}

function pieces(chunk: Chunk, limit: number): Chunk[] {
  if (chunk.length <= limit) return [chunk];
  const chunks: Chunk[] = [];
  for (let from = 0; from < chunk.length; from += limit) chunks.push(slice(chunk, from, Math.min(chunk.length, from + limit)));
  return chunks;
}
