import type { Fault, Suite } from './faults.ts';

const kit: Suite = { files: ['src/testing/operator-kit.test.ts'], tests: 'windows of time|sessions' };
const lateness: Suite = { files: ['src/testing/late-records.test.ts'] };
const days: Suite = { files: ['src/windows/calendar.test.ts'] };

/** Faults of what windows of time keep, and of how sliding ones share their work. */
export const sliceFaults: readonly Fault[] = [
  {
    name: 'changed without asking',
    what: 'A key is asked for once in a run, and not once between two captures: a capture has what came behind it.',
    file: 'src/windows/time-state.ts',
    instead: 'if (this.rows.markOf(place) === captures) return;',
    write: 'if (this.rows.markOf(place) >= 0) return;',
    suite: kit,
  },
  {
    name: 'a slice too few',
    what: 'A sliding window leaves out its oldest slice.',
    file: 'src/windows/sliced-windows.ts',
    instead: 'if (slice.start < end - this.#size) continue;',
    write: 'if (slice.start <= end - this.#size) continue;',
    suite: { files: ['src/operators/time-window.test.ts'] },
  },
  {
    name: 'fired again',
    what: 'Behind a restore sliding windows emit again what they had emitted.',
    file: 'src/windows/sliced-windows.ts',
    instead: 'if (this.#isTakenUp) this.#firedUpTo = watermark;',
    write: '',
    suite: kit,
  },
  {
    name: 'watermark not kept',
    what: 'A window forgets across a restart how far time had come.',
    file: 'src/runtime/kept-watermark.ts',
    instead: 'this.restored = known.length === 0 ? undefined : Math.min(...known);',
    write: 'this.restored = undefined;',
    suite: lateness,
  },
  {
    name: 'watermarks among pending',
    what: 'Records without an answer are kept, and the watermarks between them are not.',
    file: 'src/runtime/pending.ts',
    instead: 'marks.double(chunk.control.watermark);',
    write: 'marks.double(Number.NEGATIVE_INFINITY);',
    suite: lateness,
  },
  {
    name: 'days of 24 hours',
    what: 'A day of the calendar ends 24 hours after it began.',
    file: 'src/windows/calendar.ts',
    instead: 'this.#end = this.#dates.beginOf(to);',
    write: 'this.#end = this.#start + (to - from) * DAY;',
    suite: days,
  },
];
