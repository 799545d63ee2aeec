import type { Fault, Suite } from './faults.ts';

const partitions: Suite = { files: ['src/operators/event-time.test.ts'] };
const silence: Suite = { files: ['src/operators/event-time-silence.test.ts'] };
const runs: Suite = { files: ['src/runtime/event-time-runs.test.ts'] };
const late: Suite = { files: ['src/runtime/late-letters.test.ts'] };
const alignment: Suite = { files: ['src/runtime/alignment.test.ts'] };

/** Time itself: watermarks, silence, and sources that are read at about the same time. */
export const timeFaults: readonly Fault[] = [
  {
    name: 'a timer put off for good',
    what: 'A timer that comes too soon, since it was put off, is not set again.',
    file: 'src/runtime/wake-timer.ts',
    instead: 'if (this.#wanted > at) this.#wait(this.#wanted);',
    write: 'if (this.#wanted > at) return;',
    suite: { files: ['src/runtime/wake-timer.test.ts'], tests: 'its own time' },
  },
  {
    name: 'watermark maximum',
    what: 'The partition that is furthest says how far time has come, and not the one furthest behind.',
    file: 'src/operators/partition-watermarks.ts',
    instead: 'least = Math.min(least, time);',
    write: 'least = least === Number.POSITIVE_INFINITY ? time : Math.max(least, time);',
    suite: partitions,
  },
  {
    name: 'idle partition freezing',
    what: 'A partition that has been silent for long holds time back for ever.',
    file: 'src/operators/partition-watermarks.ts',
    instead: 'forMs < this.#idleAfterMs',
    write: 'forMs < Number.POSITIVE_INFINITY',
    suite: runs,
  },
  {
    name: 'idle for ever',
    what: 'A partition that was silent once is left out of the minimum also when it brings records again.',
    file: 'src/operators/partition-watermarks.ts',
    instead: '!this.#silent.delete(name)',
    write: 'this.#silent.has(name)',
    suite: silence,
  },
  {
    name: 'outage as silence',
    what: 'A source that cannot be reached counts as one that has nothing.',
    file: 'src/runtime/pump.ts',
    instead: `    this.#options.watch?.awake();
    this.#wasEmpty = false;`,
    write: '',
    suite: runs,
  },
  {
    name: 'ahead and read on',
    what: 'A partition that is years ahead of the others is read all the same.',
    file: 'src/runtime/alignment.ts',
    instead: 'member.hold(isAhead);',
    write: '',
    suite: alignment,
  },
  {
    name: 'late and gone',
    what: 'A late record that is to be kept is counted, and kept nowhere.',
    file: 'src/runtime/station-inlet.ts',
    instead: 'this.#host.refused(this.#lateBy, error, chunk.values[index], new OwnRecord(chunk, index));',
    write: 'this.#by.counters.deadLetters++;',
    suite: late,
  },
  {
    name: 'late counted twice',
    what: 'A late record that is kept counts as dropped too.',
    file: 'src/runtime/station-inlet.ts',
    instead: "return this.dropped(1, 'late');",
    write: "return this.dropped(1, 'late');\n    this.dropped(1, 'late');",
    suite: late,
  },
  {
    name: 'time begins anew in a redrive',
    what: 'When the data is over nothing says so to what is sent in again: it opens windows that nobody closes.',
    file: 'src/runtime/station-state.ts',
    instead: 'this.#watermark.hear({ watermark: Number.POSITIVE_INFINITY });',
    write: 'return [];',
    suite: late,
  },
  {
    name: 'letters of a plan before forgotten',
    what: 'A pipeline that begins to read its dead letters loses those that the last checkpoint has committed.',
    file: 'src/runtime/recovery.ts',
    instead: '=== newest.plan ? [] : lettersOf(newest, plan)',
    write: '=== newest.plan ? [] : lettersOf(newest, plan).slice(0, 0)',
    suite: late,
  },
  {
    name: 'time known to its owner only',
    what: 'How far time had come goes to the copy whose group it lies under, and to no other that goes on with its records.',
    file: 'src/runtime/time-sections.ts',
    instead: 'return cell === WATERMARK || cell === MARKS;',
    write: 'return cell === cell + MARKS + WATERMARK;',
    suite: late,
  },
  {
    name: 'a copy without a word',
    what: 'A copy at which nothing waits does not say where its key groups begin, so the watermarks of another pass its records.',
    file: 'src/runtime/pending.ts',
    instead: "own.kind === 'group' ? own : undefined",
    write: 'undefined',
    suite: { files: ['src/runtime/pending-marks.test.ts'] },
  },
  {
    name: 'time of another copy',
    what: 'A copy goes on with the time of one that was further behind: what was late for it is so no more.',
    file: 'src/runtime/time-sections.ts',
    instead: 'if (group >= scope.group && group < next) return true;',
    write: 'if (group < next || next <= group) return true;',
    suite: late,
  },
];
