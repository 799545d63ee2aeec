import { HeadraceError } from '../core/error.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { CalendarWindows } from './calendar.ts';

/** Windows of one length, one behind the other. */
export interface TumblingWindows {
  readonly kind: 'tumbling';
  readonly size: number;
  readonly offset: number;
}

/** Windows of one length that begin every `every` milliseconds, and overlap. */
export interface SlidingWindows {
  readonly kind: 'sliding';
  readonly size: number;
  readonly every: number;
  readonly offset: number;
}

/** Windows that end with a silence. */
export interface SessionWindows {
  readonly kind: 'session';
  readonly gap: number;
}

/** One window that never ends. */
export interface GlobalWindows {
  readonly kind: 'global';
  readonly untilEnd: boolean;
}

/** Windows of event time, in milliseconds: each is [start, end). */
export type TimeWindows = TumblingWindows | SlidingWindows | SessionWindows | GlobalWindows | CalendarWindows;

export interface OffsetOption {
  /** Where windows begin, counted from 1970-01-01T00:00Z; 0 unless told. Hours that begin at a quarter past: `{ offset: '15m' }`. */
  readonly offset?: Duration;
}

export interface GlobalOptions {
  /** Keep everything until the data ends, and emit it then. Without it a global window needs `early`. */
  readonly untilEnd?: boolean;
}

/**
 * Windows of one length, one behind the other: [0, size), [size, 2 size), … of event time.
 *
 * @example
 * ```ts
 * const clicks = values([{ at: 5_000 }, { at: 50_000 }, { at: 70_000 }]);
 * const perMinute = pipeline('minutes').from(clicks).eventTime((click) => click.at).window('minutes', tumbling('1m')).aggregate({ n: count() });
 * await run(perMinute.to(print((pane) => `${pane.window.start}..${pane.window.end} ${pane.n}`)));
 * // 0..60000 2
 * // 60000..120000 1
 * ```
 */
export function tumbling(size: Duration, { offset = 0 }: OffsetOption = {}): TumblingWindows {
  const sizeMs = span(size, 'tumbling size');
  return { kind: 'tumbling', size: sizeMs, offset: span(offset, 'tumbling offset', 0) % sizeMs };
}

/**
 * Windows of one length that begin every `every`, so that each record is in several of them.
 *
 * @example
 * ```ts
 * const clicks = values([{ at: 5_000 }, { at: 50_000 }, { at: 70_000 }]);
 * const load = pipeline('load').from(clicks).eventTime((click) => click.at).window('load', sliding('1m', '30s')).aggregate({ n: count() });
 * await run(load.to(print((pane) => `${pane.window.start}..${pane.window.end} ${pane.n}`)));
 * // -30000..30000 1
 * // 0..60000 2
 * // 30000..90000 2
 * // 60000..120000 1
 * ```
 */
export function sliding(size: Duration, every: Duration, { offset = 0 }: OffsetOption = {}): SlidingWindows {
  const sizeMs = span(size, 'sliding size');
  const everyMs = span(every, 'sliding every');
  if (everyMs > sizeMs) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `windows of ${sizeMs} ms that begin every ${everyMs} ms would leave out ${everyMs - sizeMs} of ${everyMs} ms`,
      where: 'sliding every',
      todo: 'Let every be at most size; to leave records out on purpose, filter them.',
    });
  }
  return { kind: 'sliding', size: sizeMs, every: everyMs, offset: span(offset, 'sliding offset', 0) % everyMs };
}

/**
 * A window for each stretch of records with less than `gap` between them, of one key: it begins with its first record
 * and ends `gap` behind its last. A record that comes late and lies between two sessions makes one of them.
 *
 * @example
 * ```ts
 * const clicks = values([{ at: 0 }, { at: 20_000 }, { at: 90_000 }]);
 * const visits = pipeline('visits').from(clicks).eventTime((click) => click.at).window('visits', session('30s')).aggregate({ n: count() });
 * await run(visits.to(print((pane) => `${pane.window.start}..${pane.window.end} ${pane.n}`)));
 * // 0..50000 2
 * // 90000..120000 1
 * ```
 */
export function session(gap: Duration): SessionWindows {
  return { kind: 'session', gap: span(gap, 'session gap') };
}

/**
 * One window over everything. It never ends, so it is either emitted again and again (`early`), or once when the data
 * ends: say so with `{ untilEnd: true }`, since until then it keeps a state for every key there ever was.
 *
 * @example
 * ```ts
 * const all = pipeline('all').from(values([{ at: 1 }, { at: 2 }])).eventTime((click) => click.at).window('all', global({ untilEnd: true }));
 * await run(all.aggregate({ n: count() }).to(print(({ n }) => `${n} clicks`)));
 * // 2 clicks
 * ```
 */
export function global({ untilEnd = false }: GlobalOptions = {}): GlobalWindows {
  return { kind: 'global', untilEnd };
}

/** Whole milliseconds, so that `end - 1` is the last instant of a window. */
function span(value: Duration, where: string, least = 1): number {
  return wholeNumber(milliseconds(value, where), where, least);
}
