import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { StationOperator } from '../core/station.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { AggregateStates } from '../windows/aggregate-states.ts';
import { checkNeeds, type Fields } from '../windows/aggregates/row.ts';
import { ListedStates } from '../windows/listed-states.ts';
import type { PaneStates } from '../windows/pane-states.ts';
import { ReducedStates } from '../windows/reduced-states.ts';
import type { TimeWindows } from '../windows/time.ts';
import type { PaneSetting } from '../windows/time-state.ts';
import type { CountWindow, Pane, Results } from './count-window.ts';
import { checkFieldNames } from './pane-shape.ts';
import { TimeWindowing } from './time-windowing.ts';

export interface TimeWindowOptions {
  /**
   * How long a window that is over takes corrections: each record that comes for it gives another pane, with timing
   * `late`. What comes later still is counted as late and goes to the dead letters. 0 unless told.
   */
  readonly lateness?: Duration;
  /**
   * Panes before the end: so long by the clock after the first record that no pane has shown, or with every so many
   * such records. None unless told.
   */
  readonly early?: Duration | { readonly records: number };
  /** What a pane holds: all records of its window (`accumulating`, unless told), or those no pane before it has shown. */
  readonly panes?: 'accumulating' | 'discarding';
  /** What becomes of a record that a function of yours refuses; the pipeline's choice by default. */
  readonly onError?: OnError | undefined;
}

/**
 * Windows of event time: of each key after `keyBy`, else of the whole stream. A window is emitted when the watermark
 * has passed its end, windows by their end and those of one end by the first record of their key. Its pane has the key,
 * and the time `end - 1`. At a stop windows stay open; at the end of the data all are emitted.
 */
export function timeWindow<T, K = unknown>(name: string, windows: TimeWindows, options: TimeWindowOptions = {}): CountWindow<T, K> {
  const where = `window '${name}'`;
  const setting = settingOf(windows, options, where);
  const operator = <Out>(
    states: (generates: boolean | undefined) => PaneStates<T, unknown>,
    fold: { readonly fold: string; readonly [option: string]: unknown },
  ): StationOperator<T, Out> => ({
    kind: 'window',
    name,
    onError: options.onError,
    remembers: 'key',
    needsTime: true,
    refusesLate: true,
    options: {
      ...windows,
      lateness: setting.latenessMs,
      early: setting.early,
      panes: setting.discards ? 'discarding' : 'accumulating',
      // What is kept of a window in slices is nothing that one by itself could go on with.
      ...(windows.kind === 'sliding' ? { slices: fold.fold !== 'reduce' && setting.latenessMs === 0 && setting.early === undefined } : {}),
      ...fold,
    },
    // Its panes have the key as the user knows it.
    open: (host) => new TimeWindowing<T, Out>(host, { windows, setting, states: states(host.generates) as PaneStates<T, Out> }),
  });
  return {
    aggregate<F extends Fields<T>>(fields: F) {
      if (windows.kind === 'global') checkNeeds(fields, where);
      checkFieldNames(Object.keys(fields), where);
      return operator<Pane<K> & Results<F>>((generates) => new AggregateStates(fields, generates), { fold: 'aggregate', fields });
    },
    reduce<S>(initial: (key: K) => S, step: (state: S, value: T) => S) {
      const reduction = { initial: initial as (key: Key | undefined) => S, step };
      return operator<Pane<K> & { readonly value: S }>(() => new ReducedStates(reduction, windows.kind === 'session'), {
        fold: 'reduce',
        initial,
        step,
      });
    },
    toArray: () => operator<readonly T[]>(() => new ListedStates<T>(), { fold: 'toArray' }),
  };
}

function settingOf(windows: TimeWindows, { lateness = 0, early, panes = 'accumulating' }: TimeWindowOptions, where: string): PaneSetting {
  if (panes !== 'accumulating' && panes !== 'discarding')
    throw invalid(`${JSON.stringify(panes)} says nothing of panes`, `${where} panes`, "Write 'accumulating' or 'discarding'.");
  const latenessMs = milliseconds(lateness, `${where} lateness`);
  if (windows.kind === 'global') {
    if (latenessMs > 0) throw invalid('a window that never ends is never late', `${where} lateness`, 'Leave lateness out.');
    if (early === undefined && !windows.untilEnd)
      throw new HeadraceError({
        code: 'HR_WINDOW_ENDLESS',
        what: 'a global window without early panes keeps everything and emits it when the data ends, which may be never',
        where,
        todo: 'Give it early panes ({ early: { records: 100 } }), say global({ untilEnd: true }), or take windows that end.',
      });
  }
  return { latenessMs, early: earlyOf(early, `${where} early`), discards: panes === 'discarding' };
}

function earlyOf(early: TimeWindowOptions['early'], where: string): PaneSetting['early'] {
  if (early === undefined) return undefined;
  if (typeof early === 'object') return { records: wholeNumber(early.records, `${where} records`) };
  const ms = milliseconds(early, where);
  if (ms > 0) return { ms };
  throw invalid('0 ms would be a pane for every record', where, 'Write early: { records: 1 }, if that is meant.');
}

function invalid(what: string, where: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', what, where, todo });
}
