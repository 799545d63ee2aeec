import type { Fault, Suite } from './faults.ts';

const grown: Suite = { files: ['src/connectors/files/grown.test.ts'] };
const rolling: Suite = { files: ['src/connectors/files/rolling.test.ts'] };
const folders: Suite = { files: ['src/connectors/files/modes-crash.test.ts'], tests: 'folders, two files open: killed' };

/** Faults of files that are written: rolled, in folders, and one that grows. */
export const sinkFaults: readonly Fault[] = [
  {
    name: 'uncommitted tail kept',
    what: 'A file that grows keeps what a killed run has written behind the committed length.',
    file: 'src/connectors/files/grown-writer.ts',
    instead: 'if ((await file.size()) > from) await file.truncate(from);',
    write: '',
    suite: grown,
  },
  {
    name: 'numbers with gaps',
    what: 'A file that was begun for a refused record keeps its number.',
    file: 'src/connectors/files/two-phase-writer.ts',
    instead: 'number = draft.number - 1;',
    write: '',
    suite: rolling,
  },
  {
    name: 'old name lost first',
    what: 'The folder that a committed file leaves is synced, and the one it goes to is not.',
    file: 'src/connectors/files/prepared-files.ts',
    instead: 'if ((await this.#files.stat(whole)) !== undefined) await this.#files.syncFolder(whole);',
    write: '',
    suite: folders,
  },
];
