import type { Fault, Suite } from './faults.ts';

const partitions: Suite = { files: ['tests/property/windows-partitions.test.ts'] };
const byHand: Suite = { files: ['tests/property/windows-by-hand.test.ts'] };
const slices: Suite = { files: ['src/operators/time-window.test.ts'] };
const beam: Suite = { files: ['tests/property/windows-golden.test.ts'] };

/** Faults of windows by time, and of the watermarks they live by. */
export const windowFaults: readonly Fault[] = [
  {
    name: 'merged time of the newest',
    what: 'Where streams meet, the watermark is that of the one furthest ahead.',
    file: 'src/runtime/junctions.ts',
    instead: 'if (port.watermark < least && !port.isIdle) least = port.watermark;',
    write: 'if ((port.watermark > least || least === Number.POSITIVE_INFINITY) && !port.isIdle) least = port.watermark;',
    suite: partitions,
  },
  {
    name: 'time forgotten',
    what: 'After a restore a window knows nothing of how far time had come, and takes records that were too late.',
    file: 'src/runtime/kept-watermark.ts',
    instead: 'this.restored = known.length === 0 ? undefined : Math.min(...known);',
    write: 'this.restored = undefined;',
    suite: byHand,
  },
  {
    name: 'session dropped in a merge',
    what: 'A record between two sessions makes one of them, and the second is forgotten.',
    file: 'src/windows/sessions.ts',
    instead: 'states.merge(row, other);',
    write: '',
    suite: byHand,
  },
  {
    name: 'late but emitted',
    what: 'A record is counted as too late, and is in a pane all the same.',
    file: 'src/windows/fixed-windows.ts',
    instead: 'state.add(row, timeMs);\n    return true;',
    write: 'state.add(row, timeMs);\n    return timeMs >= state.watermark;',
    suite: beam,
  },
  {
    name: 'too late and taken',
    what: 'A record that is too late for its session begins another one.',
    file: 'src/windows/sessions.ts',
    instead: 'if (state.isOver(end)) return false;',
    write: '',
    suite: byHand,
  },
  {
    name: 'shown twice',
    what: 'Panes that discard show again what was shown.',
    file: 'src/windows/time-state.ts',
    instead: 'if (this.setting.discards) this.states.open(row);',
    write: '',
    suite: beam,
  },
  {
    name: 'early counts for ever',
    what: 'Early panes come with every record once there were enough of them.',
    file: 'src/windows/time-state.ts',
    instead: 'rows.unshown[row] = 0;\n    this.#earlyDue.delete(row);',
    write: 'this.#earlyDue.delete(row);',
    suite: byHand,
  },
  {
    name: 'open session stays closed',
    what: 'A session that a late record has opened again is never emitted on time.',
    file: 'src/windows/sessions.ts',
    instead: 'rows.closed[row] = to <= state.watermark ? 1 : 0;',
    write: '',
    suite: byHand,
  },
  {
    name: 'sum of a slice that has changed',
    what: 'A record comes into a slice that panes have shown, and windows that are open go on with the sums from before.',
    file: 'src/windows/sliced-windows.ts',
    instead: 'else if (this.#sums?.isSummed(row) === true) this.#sums.spoil(place);',
    write: '',
    suite: slices,
  },
  {
    name: 'slice among sums',
    what: 'A key gets a slice between others that are summed, and no sum has it.',
    file: 'src/windows/sliced-windows.ts',
    instead: 'if (start < this.#summedUpTo) this.#sums?.spoil(place);',
    write: '',
    suite: slices,
  },
  {
    name: 'key of a later slice',
    what: 'A key that is not in the first slice of a window is in no pane of it.',
    file: 'src/windows/sliced-windows.ts',
    instead: 'if (before < 0 || rows.end[before] !== slice.start) slice.leaps.push(row);',
    write: 'if (before < 0) slice.leaps.push(row);',
    suite: slices,
  },
  {
    name: 'sums of the block before',
    what: 'The sum from a slice to the end of its block goes on into the next.',
    file: 'src/windows/slice-sums.ts',
    instead: 'if (later < 0 || start[later]! >= border) {',
    write: 'if (later < 0) {',
    suite: slices,
  },
];
