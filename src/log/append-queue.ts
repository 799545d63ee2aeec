import type { LogEntry } from './batch-body.ts';

/** What waits to be appended, and who waits for it. */
export interface Waiting {
  readonly records: readonly LogEntry[];
  readonly bytes: number;
  resolve(first: number): void;
  reject(error: unknown): void;
}

/** Something that is done between two groups of appends, alone. */
export interface Task {
  run(): Promise<void>;
  reject(error: unknown): void;
}

/** Appends and tasks in the order they came. */
export class AppendQueue {
  /** Of the appends that wait or are being written. */
  bytes = 0;
  #entries: (Waiting | Task)[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(entry: Waiting | Task): void {
    if ('records' in entry) this.bytes += entry.bytes;
    this.#entries.push(entry);
  }

  /** The task in front, or the appends in front of the next task, up to about so many bytes. */
  take(mostBytes: number): Task | Waiting[] {
    const front = this.#entries[0]!;
    if ('run' in front) {
      this.#entries.shift();
      return front;
    }
    let count = 0;
    for (let bytes = 0; count < this.#entries.length; count++) {
      const entry = this.#entries[count]!;
      if ('run' in entry || bytes >= mostBytes) break;
      bytes += entry.bytes;
    }
    return this.#entries.splice(0, count) as Waiting[];
  }

  rejectAll(error: unknown): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) {
      if ('records' in entry) this.bytes -= entry.bytes;
      entry.reject(error);
    }
  }
}
