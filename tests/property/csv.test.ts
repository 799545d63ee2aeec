import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { ColumnWish } from '../../src/codecs/column-kinds.ts';
import { csvCodec } from '../../src/codecs/csv/csv-codec.ts';
import { readCsv } from '../../src/codecs/csv/csv-rig.ts';
import { FastSlab } from '../../src/codecs/csv/fast-slab.ts';
import { RowEnd } from '../../src/codecs/csv/row-end.ts';
import { Chance, csvCase } from './csv-files.ts';
import { same } from './same.ts';

// HEADRACE_CSV_CASES=1000000 asks for so many; HEADRACE_SEED begins with another seed.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const cases = Number(process.env['HEADRACE_CSV_CASES'] ?? (isFull ? 20_000 : 200));
const firstSeed = Number(process.env['HEADRACE_SEED'] ?? 1);
const patience = 60_000 + cases * 100;

/** Runs a check for each seed; what fails names its own. */
function forEachSeed(count: number, check: (seed: number) => void): void {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      check(seed);
    } catch (cause) {
      throw new Error(`it fails with HEADRACE_SEED=${seed}`, { cause });
    }
  }
}

test(
  'WebAssembly and its plain twin read the same, wherever the bytes are cut',
  () => {
    let fast = 0;
    // By hand: a spy would keep each slab it was called on, and with it the memory of each instance.
    const { take } = FastSlab.prototype;
    FastSlab.prototype.take = function (this: FastSlab, taken: number) {
      fast += taken;
      take.call(this, taken);
    };
    let rows = 0;
    forEachSeed(cases, (seed) => {
      const { settings, bytes, reading } = csvCase(seed);
      const { recordBytes } = reading;
      const plain = readCsv(settings, bytes, { isPlain: true, recordBytes: recordBytes! });
      const quick = readCsv(settings, bytes, reading);
      // A header that is refused stops the reading at once, whoever reads.
      same({ ...quick, marks: quick.marks.at(-1) }, { ...plain, marks: plain.marks.at(-1) });
      if (seed % 5 === 0) {
        const cut = readCsv(settings, bytes, { ...reading, isPlain: true });
        same({ ...cut, marks: cut.marks.at(-1) }, { ...plain, marks: plain.marks.at(-1) });
      }
      const mark = quick.marks[seed % Math.max(1, quick.marks.length)];
      if (mark !== undefined && seed % 3 === 0) {
        const rest = readCsv(settings, bytes, { ...reading, from: mark });
        same(rest.rows, quick.rows.slice(quick.rows.length - rest.rows.length));
        same(
          rest.refused.map(({ message }) => message),
          quick.refused.slice(quick.refused.length - rest.refused.length).map(({ message }) => message),
        );
        same(
          rest.at.length + rest.refused.length,
          [...quick.at, ...quick.refused.map(({ position }) => position)].filter((at) => Number(at) >= mark.byte).length,
        );
      }
      rows += plain.rows.length;
    });
    FastSlab.prototype.take = take;
    // Else there were nothing to compare.
    expect(fast).toBeGreaterThan(rows / 2);
  },
  patience,
);

test(
  'csv-parse reads the same',
  () => {
    forEachSeed(cases, (seed) => {
      const chance = new Chance(seed);
      const fields = 2 + chance.below(4);
      const end = chance.one(['\n', '\r\n']);
      const trim = seed % 3 === 0;
      let text = '';
      for (let i = chance.below(40); i >= 0; i--) {
        const count = chance.is(0.05) ? 2 + chance.below(5) : fields;
        text += Array.from({ length: count }, () => place(chance, trim)).join(',') + end;
        if (chance.is(0.05)) text += (trim ? blanks(chance) : '') + end;
      }
      const expected = parse(text, {
        record_delimiter: ['\n', '\r\n'],
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
        bom: true,
        trim,
      });
      const header = Array.from({ length: fields }, (_, i) => `c${i}`);
      const cuts = [chance.below(text.length), chance.below(text.length)].sort((a, b) => a - b);
      const isPlain = seed % 2 === 0;
      const { rows, refused } = readCsv({ header, trim, columns: Object.fromEntries(header.map((name) => [name, 'string'])) }, text, {
        cuts,
        isPlain,
      });
      same(
        rows,
        expected.filter((row) => row.length === fields),
      );
      expect(refused.every(({ code }) => code === 'HR_CSV_RAGGED')).toBe(true);
      expect(refused.length).toBe(expected.filter((row) => row.length !== fields).length);
    });
  },
  patience,
);

/** A place that csv-parse and we both take for right. What it cuts off beside blanks stands in quotes only. */
function place(chance: Chance, trim: boolean): string {
  const text = Array.from({ length: chance.below(6) }, () => chance.one(['a', 'é', '漢', '"', ',', '\n', '\r', ' ', '1', '\0', '#'])).join(
    '',
  );
  const around = (place: string): string => (trim ? blanks(chance) + place + blanks(chance) : place);
  return (trim ? /[,\n\r]|^ *"/ : /[,\n\r]|^"/).test(text) || chance.is(0.2) ? around(`"${text.replaceAll('"', '""')}"`) : around(text);
}

function blanks(chance: Chance): string {
  return chance.is(0.3) ? chance.one([' ', '\t', ' \t ', ' '.repeat(chance.below(100))]) : '';
}

const KINDS: readonly (readonly [ColumnWish, (chance: Chance) => unknown])[] = [
  ['string', (chance) => words(chance)],
  ['string?', (chance) => (chance.is(0.2) ? null : words(chance))],
  [
    'number?',
    (chance) =>
      chance.is(0.1)
        ? null
        : chance.one([
            chance.next(),
            -chance.next() * 10 ** (chance.below(600) - 300),
            chance.below(100),
            -0,
            5e-324,
            1.7976931348623157e308,
          ]),
  ],
  ['integer', (chance) => chance.one([0, -1, 1, chance.below(1e9), -9007199254740991, 9007199254740991])],
  ['bigint?', (chance) => (chance.is(0.1) ? null : BigInt.asIntN(64, BigInt(chance.below(2 ** 32)) * BigInt(chance.below(2 ** 32)) * 3n))],
  ['boolean', (chance) => chance.is(0.5)],
  ['time', (chance) => chance.below(2e9) * 1000 - 1e12 + chance.one([0, 1, 999, 0.125, 0.25])],
  ...(['s', 'ms', 'us', 'ns'] as const).map(
    (unit) => [{ as: 'time?', unit }, (chance: Chance) => (chance.is(0.1) ? null : chance.below(2e9) * 997 - 1e12)] as const,
  ),
];

function words(chance: Chance): string {
  return Array.from({ length: chance.below(5) }, () =>
    chance.one(['a', 'NULL', '"', ',', ';', '\n', '\r', ' ', '\t', '#', '\ufeff', '😀', '-']),
  ).join('');
}

test(
  'what is written is read back equal',
  () => {
    forEachSeed(cases, (seed) => {
      const chance = new Chance(seed);
      const chosen = Array.from({ length: 2 + chance.below(4) }, (_, i) => [`c ${i}"`, ...chance.one(KINDS)] as const);
      const settings = {
        columns: Object.fromEntries(chosen.map(([name, wish]) => [name, wish])),
        separator: chance.one([',', ';', '\t', '-', '.']),
        quote: chance.one(['"', "'"]),
        nulls: chance.one([[''], ['NULL'], ['NULL', '']]),
        comment: chance.one(['#', '1', '|']),
        trim: chance.is(0.3),
        decimal: chance.one(['.', '.', ','] as const),
        ...(chance.is(0.2) ? { thousands: ' ' as const } : {}),
      };
      const written = csvCodec({ kind: 'csv', separator: ',', settings });
      const encoder = written.writing!.open({ where: 'x', isEmpty: true });
      const rows = Array.from({ length: chance.below(30) }, () => Object.fromEntries(chosen.map(([name, , make]) => [name, make(chance)])));
      for (const row of rows) encoder.add(row);
      const file = Buffer.concat([...encoder.take(), ...encoder.end()]);
      const { rows: read, refused } = readCsv(settings, file, { cuts: [chance.below(file.length + 1)], isPlain: seed % 4 === 0 });
      same(refused, []);
      same(
        read,
        rows.map((row) => Object.values(row)),
      );
      for (const row of rows.slice(0, 3)) same(written.decode(written.encode(row)), row);
    });
  },
  patience,
);

test.each([
  ['quotes', '"'],
  ['separators', ','],
  ['NULs', '\0'],
  ['open quotes', 'a,"b\n'],
  ['quotes that are text', 'a"b,c"d\n'],
  ['wrong quotes', '"a"b,c\n'],
  ['line ends', '\n'],
  ['one long row of lines', `"${'\n'.repeat(100)}`],
])(
  'every byte is looked at a few times, whatever they are: %s',
  (_name, piece) => {
    const size = isFull ? 4_194_304 : 262_144;
    const block = size / 64;
    const bytes = Buffer.alloc(size, piece);
    let looked = 0;
    const { find } = RowEnd.prototype;
    RowEnd.prototype.find = function (this: RowEnd, within: Uint8Array, at: number, to: number) {
      const end = find.call(this, within, at, to);
      looked += (end < 0 ? to : end) - at + 1;
      return end;
    };
    const { fill } = FastSlab.prototype;
    FastSlab.prototype.fill = function (this: FastSlab, window, isEnd) {
      fill.call(this, window, isEnd);
      looked += this.length;
    };
    const cuts = Array.from({ length: 64 }, (_, i) => i * block);
    const settings = { header: ['a', 'b'], columns: { a: 'string', b: 'string?' } } as const;
    for (const recordBytes of [1000, 16_777_216]) {
      looked = 0;
      readCsv(settings, bytes, { cuts, recordBytes });
      expect(looked / size).toBeLessThan(20);
    }
    RowEnd.prototype.find = find;
    FastSlab.prototype.fill = fill;
  },
  120_000,
);
