import type { Fault, Suite } from './faults.ts';

const lookups: Suite = { files: ['src/operators/enrich-cache.test.ts', 'src/operators/enrich.test.ts'] };

/** Faults in what is looked up elsewhere, and in what is kept of it. */
export const enrichFaults: readonly Fault[] = [
  {
    name: 'key asked for twice',
    what: 'A record whose key is being asked for asks for it again.',
    file: 'src/operators/lookups.ts',
    instead: 'this.shared++;\n',
    write: 'this.shared++;\n      return this.#ask(known.key, known.text);\n',
    suite: lookups,
  },
  {
    name: 'failure kept',
    what: 'That a key could not be found is kept as if there were nothing under it.',
    file: 'src/operators/lookups.ts',
    instead: 'this.#forget(lookup);\n    return this.#taken(lookup);',
    write: 'return this.settle(lookup, undefined, 0);',
    suite: lookups,
  },
  {
    name: 'answers for ever',
    what: 'An answer is used however old it is.',
    file: 'src/operators/lookups.ts',
    instead: 'nowMs < known.until',
    write: 'nowMs < known.until + 1e12',
    suite: lookups,
  },
  {
    name: 'nothing kept for long',
    what: 'That there is nothing under a key is believed for as long as any other answer.',
    file: 'src/operators/lookups.ts',
    instead: '? shape.missingForMs : shape.forMs',
    write: '? shape.forMs : shape.forMs',
    suite: lookups,
  },
  {
    name: 'cache without a bound',
    what: 'Answers are kept until they are too old, however many there are.',
    file: 'src/operators/lookups.ts',
    instead: 'this.items > shape.items || this.bytes > shape.bytes',
    write: 'this.items > 1e9',
    suite: lookups,
  },
  {
    name: 'newest answer dropped',
    what: 'What goes first is the answer that was used last.',
    file: 'src/operators/lookups.ts',
    instead: 'this.#drop(this.#oldest!)',
    write: 'this.#drop(this.#newest!)',
    suite: lookups,
  },
  {
    name: 'answer past the line',
    what: 'In the order of the input, a record whose answer is there leaves before those that wait for theirs.',
    file: 'src/operators/enrich.ts',
    instead: 'new Answers<unknown>(host, order,',
    write: "new Answers<unknown>(host, order === 'input' ? 'completion' : order,",
    suite: lookups,
  },
  {
    name: 'waiting record forgotten',
    what: 'Of the records that wait for one key only the first gets its answer.',
    file: 'src/operators/lookups.ts',
    instead: 'const slots = lookup.waiting!;',
    write: 'const slots = lookup.waiting!.slice(0, 1);',
    suite: lookups,
  },
];
