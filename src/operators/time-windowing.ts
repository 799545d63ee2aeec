import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control } from '../core/chunk.ts';
import type { Agenda, AgendaSpec } from '../core/agenda.ts';
import type { Key } from '../core/keys.ts';
import { timeOf } from '../core/record-of.ts';
import type { CellsSpec, CellTable } from '../core/state.ts';
import type { Finish, Station, StationHost } from '../core/station.ts';
import { FixedWindows } from '../windows/fixed-windows.ts';
import type { PaneStates } from '../windows/pane-states.ts';
import { Sessions } from '../windows/sessions.ts';
import { SlicedWindows } from '../windows/sliced-windows.ts';
import { spansOf } from '../windows/spans.ts';
import { StoredWindows, UnwatchedFixedWindows, UnwatchedSessions } from '../windows/stored-windows.ts';
import type { TimeWindows } from '../windows/time.ts';
import { type PaneOf, type PaneSetting, TimeState, type WindowHost } from '../windows/time-state.ts';
import type { Windowing } from '../windows/windowing.ts';
import { invalidTime, tooLate } from './event-time-limits.ts';
import { NOWHERE } from './nowhere.ts';
import { OneTable } from './one-table.ts';
import { PaneQueue } from './pane-queue.ts';

export interface TimeWindowingOptions<T, Out> {
  readonly windows: TimeWindows;
  readonly setting: PaneSetting;
  readonly states: PaneStates<T, Out>;
}

/** No date is further from 1970 than this, and a year is left for windows around it. */
const FURTHEST_MS = 8.6e15;

/**
 * One chunk is at work, and only while the way down is free. Its records go into their windows one by one; those that
 * are late, or reach the number for an early pane, emit at once. The watermark stands at the end of the chunk: what it
 * closes is emitted behind all of its records and in front of the watermark, so a barrier finds nothing half done.
 */
export class TimeWindowing<T, Out> implements Station<T>, WindowHost {
  readonly #host: StationHost<Out>;
  readonly #table: OneTable;
  readonly #isStorable: boolean;
  readonly #state: TimeState<T>;
  readonly #windowing: Windowing<T>;
  readonly #panes: PaneQueue<Out>;
  readonly #meter = new SizeMeter();
  #bytesEach = 0;
  #isRestored = false;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  /** The watermark of the chunk at work is known to the windows. */
  #hasAdvanced = false;
  #finished: Finish | undefined;
  #hasEnded = false;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<Out>, { windows, setting, states }: TimeWindowingOptions<T, Out>) {
    this.#host = host;
    this.#table = new OneTable(host.keys);
    this.#panes = new PaneQueue(states, windows.kind === 'session');
    this.#isStorable = isStorable(windows, setting, states);
    this.#state = new TimeState(this, states, setting);
    this.#windowing = windowingOf(this.#state, this, windows);
    // Windows of an earlier life may want early panes before anything comes.
    if (setting.early !== undefined) host.wake();
  }

  // WindowHost

  keyAt(place: number): Key | undefined {
    return place === 0 ? undefined : this.#table.table!.keyAt(place - 1);
  }
  cells<S>(spec: CellsSpec<S>): CellTable<S> {
    return this.#host.cells(spec);
  }
  agenda(spec: AgendaSpec): Agenda | undefined {
    return this.#isStorable ? this.#host.agenda?.(spec) : undefined;
  }
  get bytesEach(): number {
    return this.#bytesEach;
  }
  pane(pane: PaneOf): void {
    this.#panes.add(pane, this.keyAt(pane.place));
  }
  get hasRoom(): boolean {
    return this.#panes.count < this.#host.chunkLimit;
  }
  now(): number {
    return this.#host.clock.monotonic();
  }

  // Station

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#panes.count > 0 || this.#finished !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): number | undefined {
    return this.#isAborted || this.#isCut || this.#finished !== undefined ? undefined : this.#state.earlyAt;
  }
  get isDone(): boolean {
    if (this.#isAborted) return true;
    if (this.#panes.count > 0) return false;
    return this.#isCut || (this.#finished !== undefined && this.#chunk === undefined && (this.#finished === 'stop' || this.#hasEnded));
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    this.#hasAdvanced = false;
    if (chunk.length > 0 && this.#state.states.keepsRecords) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
  }

  advance(nowMs: number): void {
    if (this.#isAborted) return;
    this.#work();
    if (this.#chunk !== undefined || this.#finished !== undefined || this.#isCut) return;
    this.#state.showEarly(nowMs);
    this.#emitAll(undefined);
    this.#report();
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#panes.clear();
    this.#host.holds(0, 0);
  }

  #work(): void {
    if (!this.#isRestored) {
      this.#isRestored = true;
      this.#windowing.restore();
    }
    while (this.#host.canEmit && this.#chunk !== undefined) this.#workOn(this.#chunk);
    if (this.#isCut) {
      this.#emitAll(undefined);
      if (this.#panes.count === 0) this.#host.holds(0, 0);
      return;
    }
    if (this.#chunk === undefined) {
      this.#emitAll(undefined);
      if (this.#finished === 'end' && !this.#hasEnded) this.#end();
    }
    this.#report();
  }

  /** As far as there is room for panes. */
  #workOn(chunk: Chunk<T>): void {
    if (this.#next < chunk.length && !this.#addRecords(chunk)) return;
    if (this.#next < chunk.length) return this.#emit(undefined);
    const { watermark } = chunk.control ?? {};
    if (!this.#hasAdvanced) {
      this.#hasAdvanced = true;
      if (watermark !== undefined && watermark >= this.#state.watermark) this.#windowing.advance(watermark);
    }
    if (!this.#windowing.fire() || this.#panes.count > this.#host.chunkLimit) return this.#emit(undefined);
    this.#chunk = undefined;
    const control = controlBehind(chunk.control);
    if (this.#panes.count > 0) this.#emit(control);
    else if (control !== undefined) this.#host.emit(new Chunk<Out>([], NOWHERE, {}, control));
  }

  /** False where something was refused that ends the run, or keeps the way down busy. */
  #addRecords(chunk: Chunk<T>): boolean {
    const { values, times } = chunk;
    const { chunkLimit } = this.#host;
    while (this.#next < values.length && this.#panes.count < chunkLimit) {
      const at = this.#next++;
      const timeMs = times === undefined ? timeOf(chunk, at) : times[at]!;
      try {
        if (!(Math.abs(timeMs) <= FURTHEST_MS)) throw invalidTime(timeMs, this.#host.operator);
        if (this.#windowing.add(values[at]!, timeMs, this.#table.idAt(chunk, at) + 1)) continue;
        this.#host.late(tooLate(timeMs, this.#state.watermark, this.#host.operator, this.#state.setting.latenessMs), chunk, at);
      } catch (error) {
        if (this.#host.refuse(error, chunk, at)) {
          this.#isCut = true;
          this.#chunk = undefined;
          return false;
        }
      }
      if (!this.#host.canEmit) return false;
    }
    return true;
  }

  #end(): void {
    if (this.#state.watermark !== Number.POSITIVE_INFINITY) this.#windowing.advance(Number.POSITIVE_INFINITY);
    while (this.#host.canEmit) {
      const isAll = this.#windowing.fire();
      this.#emitAll(undefined);
      if (!isAll || this.#panes.count > 0) continue;
      this.#hasEnded = true;
      return;
    }
  }

  #emitAll(control: Control | undefined): void {
    while (this.#panes.count > 0 && this.#host.canEmit) this.#emit(control);
  }

  #emit(control: Control | undefined): void {
    if (this.#panes.count > 0) this.#host.emit(this.#panes.take(this.#host.operator, this.#table.table, this.#host.chunkLimit, control));
  }

  /** At a stop the last report says how many records the open windows hold. */
  #report(): void {
    if (this.#hasEnded) {
      this.#host.holds(0, 0);
      return;
    }
    const waiting = this.#chunk === undefined ? 0 : this.#chunk.length - this.#next;
    const { inside } = this.#state;
    const kept = this.#state.states.keepsRecords ? this.#state.rows.inside : 0;
    this.#host.holds(inside + waiting, this.#state.bytes + (kept + waiting) * this.#bytesEach);
  }
}

function windowingOf<T>(state: TimeState<T>, host: WindowHost, windows: TimeWindows): Windowing<T> {
  const keys = state.storedDues();
  if (keys !== undefined) return new StoredWindows(unwatchedOf(state, host, windows), state, host, keys);
  if (windows.kind === 'session') return new Sessions(state, host, windows.gap);
  const spans = spansOf(windows);
  return isSliced(windows, state.setting, state.states) ? new SlicedWindows(state, host, spans) : new FixedWindows(state, host, spans);
}

function unwatchedOf<T>(state: TimeState<T>, host: WindowHost, windows: TimeWindows): Windowing<T> {
  if (windows.kind === 'session') return new UnwatchedSessions(state, host, windows.gap);
  return new UnwatchedFixedWindows(state, host, spansOf(windows));
}

/** What cannot be merged has a state for each window. */
function isSliced(windows: TimeWindows, { latenessMs, early }: PaneSetting, { stage }: PaneStates<never, unknown>): boolean {
  return windows.kind === 'sliding' && latenessMs === 0 && early === undefined && stage === undefined;
}

/** Early panes by the clock wait in memory, and so do windows that are put together of slices. */
function isStorable(windows: TimeWindows, setting: PaneSetting, states: PaneStates<never, unknown>): boolean {
  return !isSliced(windows, setting, states) && !(setting.early !== undefined && 'ms' in setting.early);
}

/** A watermark between two milliseconds would make the pane of the window that ends there late. */
function controlBehind(control: Control | undefined): Control | undefined {
  if (control?.watermark === undefined || !Number.isFinite(control.watermark)) return control;
  const watermark = Math.floor(control.watermark);
  return watermark === control.watermark ? control : { ...control, watermark };
}
