import { Chunk, type Control, type KeyTable } from '../core/chunk.ts';
import { PaneOrigin } from '../windows/pane-origin.ts';
import type { PaneOf, Timing } from '../windows/time-state.ts';
import type { Pane, Window } from './count-window.ts';

/** Panes of windows of time on their way out. One record may make many, so they leave in several chunks where that must be. */
export class PaneQueue<R, Out> {
  readonly #shape: (result: R, pane: Pane<unknown>) => Out;
  readonly #hasEnds: boolean;
  #values: Out[] = [];
  #keyIds: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];
  #indexes: number[] = [];
  #times: number[] = [];
  /** Panes of one window share its description. */
  #window: Window = { start: Number.NaN, end: Number.NaN };

  constructor(shape: (result: R, pane: Pane<unknown>) => Out, hasEnds: boolean) {
    this.#shape = shape;
    this.#hasEnds = hasEnds;
  }

  get count(): number {
    return this.#values.length;
  }

  add({ place, start, end, index, timing, result, timeMs }: PaneOf<R>, key: unknown): void {
    if (start !== this.#window.start || end !== this.#window.end) this.#window = { start, end };
    const pane = index === 0 ? FIRST[timing] : { index, timing };
    this.#values.push(this.#shape(result, { key, window: this.#window, pane }));
    this.#keyIds.push(place - 1);
    this.#starts.push(start);
    if (this.#hasEnds) this.#ends.push(end);
    this.#indexes.push(index);
    this.#times.push(timeMs);
  }

  clear(): void {
    this.#take(this.count);
  }

  /** The chunk of the oldest, up to `most`, which are forgotten here; `control` behind the last of all. */
  take(operator: string, table: KeyTable | undefined, most: number, control: Control | undefined): Chunk<Out> {
    const isAll = this.count <= most;
    const { values, keyIds, ...rows } = this.#take(Math.min(most, this.count));
    const ids = table === undefined ? undefined : numbersOf(keyIds);
    const keys = ids === undefined ? undefined : table;
    const origin = new PaneOrigin(operator, { ...rows, keys, keyIds });
    return new Chunk(values, origin, { keys, keyIds: ids }, isAll ? control : undefined);
  }

  #take(count: number) {
    const taken = {
      values: this.#values,
      keyIds: this.#keyIds,
      starts: this.#starts,
      ends: this.#hasEnds ? this.#ends : undefined,
      indexes: this.#indexes,
      times: this.#times,
    };
    const isAll = count === taken.values.length;
    this.#values = isAll ? [] : taken.values.splice(count);
    this.#keyIds = isAll ? [] : taken.keyIds.splice(count);
    this.#starts = isAll ? [] : taken.starts.splice(count);
    this.#ends = isAll ? [] : (taken.ends?.splice(count) ?? []);
    this.#indexes = isAll ? [] : taken.indexes.splice(count);
    this.#times = isAll ? [] : taken.times.splice(count);
    return taken;
  }
}

/** Undefined where one has no key: a stream that was merged from one with keys and one without has none. */
function numbersOf(keyIds: readonly number[]): Int32Array | undefined {
  const numbers = new Int32Array(keyIds.length);
  for (let i = 0; i < numbers.length; i++) {
    if (keyIds[i]! < 0) return undefined;
    numbers[i] = keyIds[i]!;
  }
  return numbers;
}

/** Most windows have one pane. */
const FIRST: Readonly<Record<Timing, { readonly index: 0; readonly timing: Timing }>> = {
  early: Object.freeze({ index: 0, timing: 'early' }),
  onTime: Object.freeze({ index: 0, timing: 'onTime' }),
  late: Object.freeze({ index: 0, timing: 'late' }),
};
