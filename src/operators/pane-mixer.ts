import { Chunk, type Control, type KeyTable } from '../core/chunk.ts';
import { PaneOrigin } from '../windows/pane-origin.ts';

/** Collects the panes of count windows, each with its key and where it begins, and makes a chunk of them. */
export class PaneMixer<Out> {
  #values: Out[] = [];
  #keyIds: number[] = [];
  #starts: number[] = [];
  #times: number[] = [];

  get count(): number {
    return this.#values.length;
  }

  add(value: Out, keyId: number, start: number, time: number): void {
    this.#values.push(value);
    this.#keyIds.push(keyId);
    this.#starts.push(start);
    this.#times.push(time);
  }

  clear(): void {
    this.#values = [];
    this.#keyIds = [];
    this.#starts = [];
    this.#times = [];
  }

  /** The chunk of what was added, which is forgotten here. */
  take(operator: string, table: KeyTable | undefined, control: Control | undefined): Chunk<Out> {
    // A stream that was merged from one with keys and one without has none.
    const isKeyed = table !== undefined && this.#keyIds.every((id) => id >= 0);
    const keys = isKeyed ? table : undefined;
    const keyIds = isKeyed ? Int32Array.from(this.#keyIds) : undefined;
    const indexes = new Int8Array(this.count); // A count window has one pane.
    const origin = new PaneOrigin(operator, { keys, keyIds: keyIds ?? indexes, starts: this.#starts, indexes, times: this.#times });
    const chunk = new Chunk(this.#values, origin, { keys, keyIds }, control);
    this.clear();
    return chunk;
  }
}
