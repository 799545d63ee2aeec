import { Chunk, type Control, type KeyTable } from '../core/chunk.ts';
import { PaneOrigin } from '../windows/pane-origin.ts';
import type { PaneStates } from '../windows/pane-states.ts';
import type { PaneOf } from '../windows/time-state.ts';
import type { Window } from './count-window.ts';

const FIRST_PANES = 64;

/**
 * Panes of windows of time on their way out. One record may make many, so they leave in several chunks where that must
 * be. What tells them apart lies beside them in arrays that are used again.
 */
export class PaneQueue<Out> {
  readonly #states: PaneStates<never, Out>;
  readonly #hasEnds: boolean;
  #values: Out[] = [];
  #keyIds: Int32Array = new Int32Array(FIRST_PANES);
  #starts: Float64Array = new Float64Array(FIRST_PANES);
  #ends: Float64Array = new Float64Array(FIRST_PANES);
  #indexes: Int32Array = new Int32Array(FIRST_PANES);
  #times: Float64Array = new Float64Array(FIRST_PANES);
  /** Panes of one window share its description. */
  #window: Window = { start: Number.NaN, end: Number.NaN };

  constructor(states: PaneStates<never, Out>, hasEnds: boolean) {
    this.#states = states;
    this.#hasEnds = hasEnds;
  }

  get count(): number {
    return this.#values.length;
  }

  add({ row, place, start, end, index, timing, timeMs }: PaneOf, key: unknown): void {
    if (start !== this.#window.start || end !== this.#window.end) this.#window = { start, end };
    // Most windows have one pane.
    const pane = index > 0 ? { index, timing } : timing === 'onTime' ? ON_TIME : timing === 'late' ? LATE : EARLY;
    const at = this.#values.length;
    this.#values.push(this.#states.pane(row, { key, window: this.#window, pane }));
    if (at === this.#keyIds.length) this.#grow(at * 2);
    this.#keyIds[at] = place - 1;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#indexes[at] = index;
    this.#times[at] = timeMs;
  }

  clear(): void {
    this.#values = [];
  }

  /** The chunk of the oldest, up to `most`, which are forgotten here; `control` behind the last of all. */
  take(operator: string, table: KeyTable | undefined, most: number, control: Control | undefined): Chunk<Out> {
    const all = this.#values;
    const count = Math.min(most, all.length);
    const keyIds = this.#keyIds.slice(0, count);
    const keys = keyIds.every(isKey) ? table : undefined;
    const origin = new PaneOrigin(operator, {
      keys,
      keyIds,
      starts: this.#starts.slice(0, count),
      ends: this.#hasEnds ? this.#ends.slice(0, count) : undefined,
      indexes: this.#indexes.slice(0, count),
      times: this.#times.slice(0, count),
    });
    this.#forget(count);
    return new Chunk(
      all,
      origin,
      { keys, keyIds: keys === undefined ? undefined : keyIds },
      this.#values.length === 0 ? control : undefined,
    );
  }

  /** The first so many have left. */
  #forget(count: number): void {
    const end = this.#values.length;
    this.#values = count === end ? [] : this.#values.splice(count);
    if (count === end) return;
    for (const beside of [this.#keyIds, this.#starts, this.#ends, this.#indexes, this.#times]) beside.copyWithin(0, count, end);
  }

  #grow(panes: number): void {
    this.#keyIds = grown(this.#keyIds, new Int32Array(panes));
    this.#starts = grown(this.#starts, new Float64Array(panes));
    this.#ends = grown(this.#ends, new Float64Array(panes));
    this.#indexes = grown(this.#indexes, new Int32Array(panes));
    this.#times = grown(this.#times, new Float64Array(panes));
  }
}

/** A stream that was merged from one with keys and one without has none. */
function isKey(id: number): boolean {
  return id >= 0;
}

function grown<A extends Float64Array | Int32Array>(from: A, into: A): A {
  into.set(from);
  return into;
}

const EARLY = Object.freeze({ index: 0, timing: 'early' });
const ON_TIME = Object.freeze({ index: 0, timing: 'onTime' });
const LATE = Object.freeze({ index: 0, timing: 'late' });
