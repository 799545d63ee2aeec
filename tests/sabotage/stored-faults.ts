import type { Fault, Suite } from './faults.ts';

const lives: Suite = { files: ['tests/property/stored-operators.test.ts'], tests: 'goes on from a disk' };

/** Faults of state that lies on a disk, and of what says there when it is due. */
export const storedFaults: readonly Fault[] = [
  {
    name: 'new moments left out',
    what: 'What was put into the agenda since the last barrier is not in the capture.',
    file: 'src/runtime/stored/stored-agenda.ts',
    instead: 'this.#seal();\n    const writer',
    write: 'const writer',
    suite: lives,
  },
  {
    name: 'put off for ever',
    what: 'A key that was put off leaves the agenda when its old moment comes, and is not put in again.',
    file: 'src/base/stored-dues.ts',
    instead: 'this.#agenda.take();\n        this.put(entry.keyId, due, state);',
    write: 'this.#agenda.take();',
    suite: lives,
  },
  {
    name: 'which moment counts forgotten',
    what: 'What a join keeps of a key does not say which of its moments counts, so that none does behind a restart.',
    file: 'src/operators/two-sides.ts',
    instead: 'return queued === undefined ? records : [...records, queued.at, queued.order];',
    write: 'return queued === undefined ? records : [...records];',
    suite: lives,
  },
  {
    name: 'windows left asleep',
    what: 'A key whose windows have left memory begins anew when a record brings it, and the store has them for nothing.',
    file: 'src/windows/time-state.ts',
    instead: 'if (this.#agenda !== undefined && handle?.kept !== undefined) this.#takeUp(handle, place);',
    write: '',
    suite: lives,
  },
];
