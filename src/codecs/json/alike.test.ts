import { expect, test } from 'vitest';
import type { ColumnWishes } from '../column-kinds.ts';
import { fastLines } from './fast-lines.ts';
import { projectionOf } from './projected.ts';
import { read } from './projection-rig.ts';

// Lines that have the shape of the one before are read four at a time, by code that looks at nothing but their values.

const COLUMNS: ColumnWishes = { n: 'number?', s: 'string?', gone: 'integer?' };
const MEMBERS = { id: '7', n: '1.5', skipped: '-0.25', s: '"ann"', name: '"bob"', on: 'true', in: '{"deep":[1,2],"x":3}', z: '[]' };
type Member = keyof typeof MEMBERS;

function line(change: Partial<Record<Member, string>> = {}): string {
  const members = Object.entries({ ...MEMBERS, ...change }).map(([name, value]) => `"${name}":${value}`);
  return `{${members.join(',')}}`;
}

const GOOD: readonly string[] = [
  ...['0', '-0', '0.5', '-12.75', '10', '123456789012345', '1234567890.12345', '123456789012345678', '0.8444218515250481', '1e-7'],
  ...['-9.25E+2', '100000000000000000000000', '0.30000000000000004', '5e-324', '9007199254740993', '123456789.0123456789', 'null'],
];
const BAD: readonly string[] = [
  ...['', '-', '01', '-01', '00', '1.', '-1.', '.5', '-.5', '1.2.3', '1..2', '--1', '1-2', '+1', '1e', '1e+', '0x1', '1 2', 'nul', 'truE'],
  ...[
    '012345678901234567',
    '1234567890123456xxxxxxxxxxxxxxxx',
    '1234567890123456.',
    '"ann',
    'ann"',
    '"a\\x"',
    '"a\\u12g4"',
    '"a\u0001b"',
    '"0123456789abcde\u001f"',
    "'a'",
    '[1',
    '{',
  ],
];

/** Which lines are odd: behind each of them four are begun anew, and the next odd one is one place further among its four. */
const ODD: readonly number[] = [6, 11, 17, 24, 32];

test('a value that is wrong is found in each of four lines, wanted or not', () => {
  const rows = Array.from({ length: 36 - ODD.length }, () => [1.5, 'ann', null]);
  for (const member of Object.keys(MEMBERS) as Member[]) {
    for (const wrong of BAD) {
      const lines = Array.from({ length: 36 }, (_, i) => line(ODD.includes(i) ? { [member]: wrong } : {}));
      const told = read(COLUMNS, lines.join('\n'), { rows: 64 });
      const found = told.refused.map((text) => Number(/line (\d+)/.exec(text)![1]) - 1);
      expect([member, wrong, told.rows, found]).toEqual([member, wrong, rows, ODD]);
    }
  }
});

test('bytes that are no UTF-8 are found in each of four lines, also in a short string', () => {
  for (const member of ['s', 'name'] as const) {
    const lines = Array.from({ length: 36 }, (_, i) => line(ODD.includes(i) ? { [member]: '"b\u00ffb"' } : {}));
    const { rows, refused } = read(COLUMNS, Buffer.from(lines.join('\n'), 'latin1'), { rows: 64 });
    expect([rows.length, refused.length]).toEqual([36 - ODD.length, ODD.length]);
  }
});

test('a number is what JSON.parse makes of it, in each of four lines, among others of its kind', () => {
  const numbers = GOOD.flatMap((good) => ['1.5', good, '22.75', good, good, '-3']);
  const bytes = numbers.map((n) => line({ n, skipped: n })).join('\n');
  expect(read(COLUMNS, bytes, { rows: 64 })).toEqual({ rows: numbers.map((n) => [JSON.parse(n), 'ann', null]), refused: [] });
});

test('a quotient of many digits is rounded once, also halfway between two numbers', () => {
  // The odd ones lie exactly between two numbers of 53 bits; a digit more or less decides.
  const halves = Array.from({ length: 40 }, (_, i) => String((2n ** 53n + 2n * BigInt(i) + 1n) * 125n)).map(
    (digits) => `${digits.slice(0, -3)}.${digits.slice(-3)}`,
  );
  const numbers = halves.flatMap((half) => [
    half,
    `${half.slice(0, -1)}4`,
    `${half.slice(0, -1)}6`,
    `0.0${half.replace('.', '').slice(0, 17)}`,
  ]);
  // Here only what is left of the division tells a half from a little more.
  for (let odd = 15_000_000_000_000_001n; odd < 15_000_000_000_000_041n; odd += 2n) numbers.push(`${64n * odd}.0`, `${64n * odd}.1`);
  const { rows } = read({ n: 'number' }, numbers.map((n) => `{"n":${n}}`).join('\n'), { rows: 512 });
  expect(rows).toEqual(numbers.map((n) => [Number(n)]));
});

test.each([
  ['another shape for good', (i: number) => i >= 200],
  ['two shapes in turns', (i: number) => i % 2 === 0],
  ['an odd one now and then', (i: number) => i % 37 === 5],
])('the fast code reads files of several shapes to their ends: %s', (_, isOther) => {
  const other = '{"s":"carl","more":{"of":"them"},"n":-8}';
  const lines = Array.from({ length: 400 }, (_, i) => (isOther(i) ? other : line()));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const fast = fastLines({ ...projectionOf({ columns: COLUMNS }), areaBytes: bytes.length, rows: 1000, recordBytes: 1e6 })!;
  fast.area().set(bytes);
  fast.read({ base: 1e12, from: 0, whole: bytes.length }, 0, 1000);
  expect([fast.at, fast.rows, fast.lines]).toEqual([bytes.length, 400, 400]);
  expect(read(COLUMNS, bytes).rows).toEqual(lines.map((text) => (text === other ? [-8, 'carl', null] : [1.5, 'ann', null])));
  // Each row is where its line begins in the file.
  const ats = lines.map((_, i) => 1e12 + lines.slice(0, i).reduce((sum, text) => sum + text.length + 1, 0));
  expect([...fast.store.takeAts(400)]).toEqual(ats);
});

test('white space that a writer always sets is a part of the shape', () => {
  const lines = Array.from({ length: 20 }, (_, i) => ` { "id" : ${i} ,\t"s" : "x${i}", "n": 0.${i}5 } `);
  expect(read(COLUMNS, lines.join('\r\n')).rows).toEqual(lines.map((_, i) => [Number(`0.${i}5`), `x${i}`, null]));
});

test('a number that is read later, by the host, goes into the row of its own line', () => {
  // The short line is not expected: what is taken for the line behind it is the one after that, whose number is noted.
  const long = (n: string, more = ''): string => `{"n":${n},"name":"${'x'.repeat(200)}"${more}}`;
  for (const more of ['', ',"more":1']) {
    for (const before of [8, 9, 10, 11]) {
      const numbers = ['1.5', '2.5', '1.2345678901234567890123', '3.5', '9.8765432109876543210987', '4.4444444444444444444444'];
      const odd = [long('0.5', more), `{"n":${numbers[0]},"name":""}`, ...numbers.slice(1).map((n) => long(n))];
      const lines = [...Array.from({ length: before }, () => long('1')), ...odd];
      expect(read({ n: 'number' }, lines.join('\n')).rows.slice(before)).toEqual([[0.5], ...numbers.map((n) => [Number(n)])]);
    }
  }
});

test('what was null in an earlier answer is not null in the next one', () => {
  const values = Array.from({ length: 64 }, (_, i) => (i < 32 ? ['null', 'null'] : [String(i), `"s${i}"`]));
  const lines = values.map(([n, s]) => line({ n: n!, s: s! }));
  expect(read(COLUMNS, lines.join('\n'), { rows: 32 }).rows).toEqual(values.map(([n, s]) => [JSON.parse(n!), JSON.parse(s!), null]));
});

test('nesting is limited in values that nobody wants, in each of four lines', () => {
  const lines = Array.from({ length: 36 }, (_, i) => line({ z: ODD.includes(i) ? '[[[1]]]' : '[[1]]' }));
  const { rows, refused } = read(COLUMNS, lines.join('\n'), { rows: 64, depth: 3 });
  expect([rows.length, refused.length]).toEqual([36 - ODD.length, ODD.length]);
});
