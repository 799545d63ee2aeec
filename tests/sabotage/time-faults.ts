import type { Fault, Suite } from './faults.ts';

const partitions: Suite = { files: ['src/operators/event-time.test.ts'] };
const silence: Suite = { files: ['src/operators/event-time-silence.test.ts'] };
const runs: Suite = { files: ['src/runtime/event-time-runs.test.ts'] };
const alignment: Suite = { files: ['src/runtime/alignment.test.ts'] };

/** Time itself: watermarks, silence, and sources that are read at about the same time. */
export const timeFaults: readonly Fault[] = [
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
];
