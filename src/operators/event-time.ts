import type { RecordInfo } from '../core/chunk.ts';
import type { Failure, OnError } from '../core/failure.ts';
import type { StationOperator } from '../core/station.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import { type FutureOptions, futureOf } from './event-time-limits.ts';
import { Timed } from './event-time-station.ts';

export interface EventTimeOptions {
  /** How far behind the newest record of its partition a record may be; 0 unless told. */
  readonly disorder?: Duration;
  /**
   * A partition that has been silent for so long holds back nobody, and when all are the watermark goes on at the pace
   * of the clock. Silent is one whose source was asked and had nothing; one that cannot be reached, is not read or has
   * records under way is not. Never unless told.
   */
  readonly idleAfter?: Duration;
  /**
   * A partition whose event time is further ahead than this of the one furthest behind is not read until that has come
   * up. It holds for all partitions of all sources whose `eventTime` says it, each by its own span. Unbounded unless told.
   */
  readonly alignWithin?: Duration;
  /** What becomes of a record with a time far ahead; taken as it is unless told. */
  readonly future?: FutureOptions;
  /** What becomes of a record without a time, or with one too far ahead; the pipeline's choice by default. */
  readonly onError?: OnError | undefined;
  readonly name?: string | undefined;
}

/** When something happened: milliseconds since 1970, or a date. */
export type TimeOf<T> = (value: T, record: RecordInfo) => number | Date | Failure;

/**
 * Says when each record happened, and so how far time has come. The watermark of a partition is its newest time less
 * `disorder`, that of the stream the least of its partitions; it never goes back, and a partition that appears later
 * joins where the stream is. A record older than the watermark of its own partition is late. Put it before anything
 * that mixes partitions: what is late then depends on nothing but the order within each of them.
 *
 * A time that is no finite number, and no valid date, refuses its record with `HR_TIME_INVALID`.
 *
 * @example
 * ```ts
 * const hours = collect<number>();
 * const events = values([{ at: 7_200_000 }, { at: 3_600_000 }]);
 * await run(pipeline('hours').from(events).eventTime((event) => event.at, { disorder: '1h' }).map((_, record) => record.eventTime / 3_600_000).to(hours));
 * console.log(hours.values); // [ 2, 1 ]
 * ```
 */
export function eventTime<T>(of: TimeOf<T>, options: EventTimeOptions = {}): StationOperator<T, T> {
  const { name, onError, idleAfter, alignWithin } = options;
  const disorderMs = milliseconds(options.disorder ?? 0, 'eventTime disorder');
  const idleAfterMs = idleAfter === undefined ? undefined : milliseconds(idleAfter, 'eventTime idleAfter');
  const alignWithinMs = alignWithin === undefined ? undefined : milliseconds(alignWithin, 'eventTime alignWithin');
  const future = futureOf(options.future);
  return {
    kind: 'eventTime',
    name,
    onError,
    options: { of, disorder: disorderMs, idleAfter: idleAfterMs, alignWithin: alignWithinMs, future },
    open: (host) => new Timed<T>(host, { of, disorderMs, idleAfterMs, alignWithinMs, future }),
  };
}

/** The same by the times that the source gave: what stands behind one where somebody needs time and nobody says more. */
export function sourceTime(): StationOperator {
  return {
    kind: 'sourceTime',
    open: (host) => new Timed(host, { of: (_value, record) => record.eventTime, disorderMs: 0 }),
  };
}
