import type { Fault } from './faults.ts';

// Faults of what reads files.

export const fileFaults: readonly Fault[] = [
  {
    name: 'a dictionary that is full',
    what: 'Strings for which a dictionary has no room are numbered all the same, so rows have the strings of others.',
    file: 'src/codecs/csv/fast-column.ts',
    instead: 'this.#strings = undefined;\n        return this.#texted(count, odd);',
    write: 'return this.#keepNulls(count, slab.result(1));',
    suite: { files: ['src/codecs/csv/csv-reader.test.ts'], tests: 'every row keeps its own' },
  },
  {
    name: 'a row read again',
    what: 'What a checkpoint keeps of a file that is read in blocks is where its last row begins, and not where it ends.',
    file: 'src/connectors/files/block-records.ts',
    instead: 'place = { at: answer.mark.byte, state: answer.mark.state };',
    write: 'place = { at: answer.at[answer.at.length - 1] ?? answer.mark.byte, state: answer.mark.state };',
    suite: { files: ['src/connectors/files/file-formats.test.ts'] },
  },
  {
    name: 'lines lost on the way',
    what: 'Lines that are decoded on a thread come there without their numbers.',
    file: 'src/codecs/chunk-bytes-identity.ts',
    instead: 'const hasLines = areLines(chunk);',
    write: 'const hasLines = areLines(chunk) && count < 0;',
    suite: { files: ['tests/files/workers.test.ts'], tests: 'says its line' },
  },
  {
    name: 'rows placed in memory',
    what: 'The fast code for JSON lines says where a row lies in its memory, and not where it begins in the file.',
    file: 'src/codecs/json/fast-lines.ts',
    instead: 'this.rows, most, base - area);',
    write: 'this.rows, most, -area);',
    suite: { files: ['src/codecs/json/alike.test.ts'], tests: 'several shapes' },
  },
  {
    name: 'a line of any length',
    what: 'The fast code for JSON lines is not told how long a line may be, and takes longer ones.',
    file: 'src/codecs/json/fast-lines.ts',
    instead: 'const longest = Math.min(recordBytes, wish.areaBytes);',
    write: 'const longest = Math.max(recordBytes, wish.areaBytes);',
    suite: { files: ['src/codecs/json/projection.test.ts'], tests: 'too long' },
  },
];
