import { value as valueCodec } from '../codecs/value.ts';

/** An answer of the source. */
export interface SentRecords<I> {
  readonly values: I[];
  readonly positions: { readonly first: number };
  readonly resume: number;
  readonly end: boolean;
  readonly times?: readonly number[];
}

/**
 * What was sent into a simulation, in one partition with positions 0, 1, 2, … It is the world outside: processes die
 * and it does not, and each of them reads again from where it wants.
 */
export class Sent<I> {
  readonly #values: (() => I)[] = [];
  readonly #times: number[] = [];
  readonly #waiting = new Set<() => void>();
  isOver = false;

  /** NaN for a record that comes without a time. */
  add(values: readonly I[], time: number): void {
    for (const value of values) {
      this.#values.push(photograph(value));
      this.#times.push(time);
    }
    this.#tell();
  }

  end(): void {
    this.isOver = true;
    this.#tell();
  }

  /** Up to `limit` records from a position, or undefined when there is nothing to answer yet. */
  readFrom(at: number, limit: number): SentRecords<I> | undefined {
    const to = Math.min(this.#values.length, at + limit);
    const end = this.isOver && to === this.#values.length;
    if (to <= at && !end) return undefined;
    const times = this.#times.slice(at, to);
    const timed = times.some((time) => !Number.isNaN(time)) ? { times } : {};
    return { values: this.#values.slice(at, to).map((take) => take()), positions: { first: at }, resume: Math.max(at, to), end, ...timed };
  }

  /** Resolves when there may be more than there was, or when the signal says that nobody waits any more. */
  more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', go);
      if (signal.aborted) go();
    });
  }

  #tell(): void {
    for (const go of this.#waiting) go();
  }
}

/** The system behind a sink: it keeps what was prepared until that is committed or the next process says to forget it. */
export class Shown<O> {
  readonly #committed: (() => O)[] = [];
  readonly #prepared = new Map<string, readonly (() => O)[]>();
  #written: (() => O)[] = [];
  #tokens = 0;
  #taken = 0;

  write(values: readonly O[]): void {
    for (const value of values) this.#written.push(photograph(value));
  }

  prepare(checkpoint: number): string {
    const token = `${checkpoint}/${++this.#tokens}`;
    this.#prepared.set(token, this.#written);
    this.#written = [];
    return token;
  }

  /** A second commit of a token changes nothing. */
  commit(token: string): void {
    this.#committed.push(...(this.#prepared.get(token) ?? []));
    this.#prepared.delete(token);
  }

  /** A process begins: what the last one did not commit is none. */
  forget(): void {
    this.#prepared.clear();
    this.#written = [];
  }

  /** What was not taken before, whether it is committed yet or not. */
  take(): O[] {
    const all = [...this.#committed, ...[...this.#prepared.values()].flat(), ...this.#written];
    const fresh = all.slice(this.#taken);
    this.#taken = Math.max(this.#taken, all.length);
    return fresh.map((take) => take());
  }

  /** Somebody has seen what a crash would still undo. */
  get isTakenTooEarly(): boolean {
    return this.#taken > this.#committed.length;
  }
}

const codec = valueCodec();

/**
 * A value as it is now, as often as it is asked for: sent records and outputs cross the border of the process, so
 * nobody on one side sees what the other does to an object later. What has no bytes, such as an instance of a class,
 * goes as it is.
 */
function photograph<T>(value: T): () => T {
  if (typeof value !== 'object' || value === null) return () => value;
  try {
    const bytes = codec.encode(value);
    return () => codec.decode(bytes) as T;
  } catch {
    return () => value;
  }
}
