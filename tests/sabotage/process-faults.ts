import type { Fault, Suite } from './faults.ts';

const timers: Suite = { files: ['src/operators/process-timers.test.ts', 'src/operators/process-random.test.ts'] };
const calls: Suite = { files: ['src/operators/process-failures.test.ts', 'src/operators/process-random.test.ts'] };
const joins: Suite = { files: ['src/operators/join.test.ts'] };

/** Faults in what users write for themselves, its timers, and joins. */
export const processFaults: readonly Fault[] = [
  {
    name: 'timer restored twice',
    what: 'A timer that has fired stays in the state, so it fires again in the life behind the next restore.',
    file: 'src/operators/timers.ts',
    instead: 'this.#queue.shift();\n    this.#remove(timer);',
    write: 'this.#queue.shift();\n    timer.isGone = true;\n    this.#count--;',
    suite: timers,
  },
  {
    name: 'timers left out',
    what: 'Timers are not in a capture.',
    file: 'src/operators/timers.ts',
    instead: 'return timers.flatMap(({ name, at, order, setAt, isLate }) => [name, at, order, setAt, isLate]);',
    write: 'return timers.slice(0, 0).map(({ name }) => name);',
    suite: timers,
  },
  {
    name: 'timers out of order',
    what: 'A timer that was put off fires at the time that it was set to first.',
    file: 'src/operators/timer-queue.ts',
    instead: 'if (!isStale && timer.at === timer.queuedAt && timer.order === timer.queuedOrder) return timer;',
    write: 'if (!isStale) return timer;',
    suite: timers,
  },
  {
    name: 'timer before its watermark',
    what: 'Timers fire when a chunk is over, whether the watermark has come to them or not.',
    file: 'src/operators/processing.ts',
    instead: 'const target = control?.watermark ?? Number.NEGATIVE_INFINITY;',
    write: 'const target = (control?.watermark ?? Number.NEGATIVE_INFINITY) + 1;',
    suite: timers,
  },
  {
    name: 'half a call kept',
    what: 'What a handler did to cells and timers before it failed is kept.',
    file: 'src/operators/process-call.ts',
    instead: 'this.#call.drop();\n      this.timers.drop();',
    write: 'this.#call.commit();\n      this.timers.commit();',
    suite: calls,
  },
  {
    name: 'unmatched dropped',
    what: 'A left or full join lets go of records that have met none without a word.',
    file: 'src/operators/join.ts',
    instead: 'this.letGo(record);\n    if (record.isMatched ||',
    write: 'this.letGo(record);\n    if (!record.isMatched ||',
    suite: joins,
  },
  {
    name: 'matches forgotten',
    what: 'After a restore a join takes records that were in a pair for such that have met none.',
    file: 'src/operators/kept-record.ts',
    instead: 'record.isMatched = isMatched;',
    write: 'record.isMatched = isMatched && false;',
    suite: joins,
  },
  {
    name: 'newer row taken',
    what: 'An as-of join does not wait for the watermark and gives a record the row there is.',
    file: 'src/operators/join-table.ts',
    instead: 'if (record !== undefined && record.timeMs <= rowAt) return { at: record.timeMs, order: record.order };',
    write: 'if (record !== undefined) return { at: Number.MIN_SAFE_INTEGER, order: record.order };',
    suite: joins,
  },
];
