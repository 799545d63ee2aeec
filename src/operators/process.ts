import { HeadraceError } from '../core/error.ts';
import type { StationOperator } from '../core/station.ts';
import { wholeNumber } from '../core/units.ts';
import { mostOf } from './kept-errors.ts';
import { type AnyHandler, MAIN, type ProcessOptions } from './process-handler.ts';
import { Processing } from './processing.ts';

/**
 * A handler of the user's own, with state and timers of each key. What a call changes and emits is kept when it is
 * over: one that throws, answers a failure or a promise has changed nothing and emitted nothing, and its record or timer
 * is refused.
 *
 * Timers by event time fire in the order of their times, then of setting, once the watermark has come to them; one that
 * is set when its time has come already fires with the next watermark, as in Flink. At the end of the data all that are
 * left fire; those by the clock are dropped then, and counted. A stop keeps both. Those by the clock that came due while
 * nothing ran fire at the start.
 */
export function process(
  name: string,
  handler: AnyHandler,
  { onError, timersPerKey = 1000, order = 'arrival', keep }: ProcessOptions = {},
): StationOperator {
  const { cells = {}, outputs = {}, timers, onRecord, onTimer, onClock } = handler;
  if (typeof onRecord !== 'function') throw invalid(name, 'there is no onRecord', 'Give a function that is called with each record.');
  for (const label of Object.keys(outputs))
    if (label === MAIN) throw invalid(name, `an output cannot be called '${MAIN}'`, 'That is the main stream; give it another name.');
  wholeNumber(timersPerKey, `process '${name}' timersPerKey`);
  if (order !== 'arrival' && order !== 'eventTime')
    throw invalid(name, `there is no order ${JSON.stringify(order)}`, "It is 'arrival' or 'eventTime'.");
  const waits = order === 'eventTime' ? mostOf(keep, `process '${name}'`) : undefined;
  const kinds = Object.fromEntries(Object.entries(cells).map(([cell, { kind }]) => [cell, kind]));
  return {
    kind: 'process',
    name,
    onError,
    remembers: 'key',
    // Without timers by event time it does as well without.
    ...(onTimer === undefined && waits === undefined ? {} : { needsTime: true as const }),
    ...(waits === undefined ? {} : { refusesLate: true as const }),
    options: {
      cells: kinds,
      outputs: Object.keys(outputs),
      timers,
      timersPerKey,
      order,
      ...waits,
      ...(onClock === undefined ? {} : { clock: true }),
      onRecord,
      onTimer,
      onClock,
    },
    open: (host) => new Processing(host, handler, { timersPerKey, waits }),
  };
}

function invalid(name: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', what, where: `process '${name}'`, todo });
}
