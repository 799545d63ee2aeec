import type { Fault, Suite } from './faults.ts';

const keys: Suite = { files: ['src/runtime/dictionary-keys.test.ts'], tests: 'whatever dictionaries' };

/** Faults of keys that are found by their number in a dictionary. */
export const columnFaults: readonly Fault[] = [
  {
    name: 'numbers of another',
    what: 'When a column has another dictionary, the keys of the one before are taken for its.',
    file: 'src/runtime/dictionary-keys.ts',
    instead: 'this.numbers.fill(0);',
    write: '',
    suite: keys,
  },
  {
    name: 'column for key',
    what: 'The string of a column is taken for the key, whatever the function has answered.',
    file: 'src/runtime/generated-loop.ts',
    instead: ' && y === qentries[qid]',
    write: '',
    suite: keys,
  },
];
