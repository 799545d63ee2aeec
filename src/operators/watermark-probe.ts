import { Chunk } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { slice } from './chunk-mixer.ts';

export type Seen<T> = { readonly watermark: number } | { readonly value: T; readonly time: number };

/** For tests: passes everything on, and shows records and watermarks in the order in which they passed. */
export function watermarkProbe<T>(seen: (what: Seen<T>) => void): StationOperator<T, T> {
  return { kind: 'watermarkProbe', open: (host) => new Probe(host, seen) };
}

class Probe<T> implements Station<T> {
  readonly #host: StationHost<T>;
  readonly #seen: (what: Seen<T>) => void;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #isFinished = false;
  #isAborted = false;

  constructor(host: StationHost<T>, seen: (what: Seen<T>) => void) {
    this.#host = host;
    this.#seen = seen;
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#isFinished || this.#isAborted;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    return this.#isAborted || (this.#isFinished && this.#chunk === undefined);
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    this.#pass();
  }

  advance(_nowMs: number): void {
    this.#pass();
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
  }

  #pass(): void {
    while (this.#chunk !== undefined && this.#host.canEmit) {
      const chunk = this.#chunk;
      const from = this.#next;
      const to = Math.min(chunk.values.length, from + this.#host.chunkLimit);
      const control = to === chunk.values.length ? chunk.control : undefined;
      this.#next = to;
      if (to === chunk.values.length) this.#chunk = undefined;
      for (let at = from; at < to; at++) this.#seen({ value: chunk.values[at]!, time: timeOf(chunk, at) });
      if (control?.watermark !== undefined) this.#seen({ watermark: control.watermark });
      if (to > from) this.#host.emit(slice(chunk, from, to, control));
      else if (control !== undefined) this.#host.emit(new Chunk<T>([], chunk.origin, {}, control));
    }
  }
}
