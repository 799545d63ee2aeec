import type { ColumnWishes } from '../../src/codecs/column-kinds.ts';
import type { Random } from '../../src/core/world.ts';

/** Random JSON lines, most of them right, many alike, some spoiled at random bytes. */

export function randomWishes(random: Dice): ColumnWishes {
  const wishes: Record<string, ColumnWishes[string]> = {};
  const count = 1 + random.below(5);
  const taken = new Set<string>();
  for (let i = 0; i < count; i++) {
    const from = random.of(PATHS);
    // One path inside of another is refused when the codec is made.
    if ([...taken].some((other) => `${other}.`.startsWith(`${from}.`) || `${from}.`.startsWith(`${other}.`))) continue;
    taken.add(from);
    const kind = random.of(['string', 'number', 'integer', 'bigint', 'boolean', 'time'] as const);
    const as = random.below(3) === 0 ? kind : (`${kind}?` as const);
    const unit = random.of(['iso', 's', 'ms', 'us', 'ns'] as const);
    const oneOf = kind === 'string' && random.below(5) === 0 ? ['x', 'ann', 'é'] : undefined;
    wishes[`c${i}`] = { as, from, unit, ...(oneOf === undefined ? {} : { oneOf }) };
  }
  return wishes;
}

const PATHS = [
  'a',
  'b',
  'user',
  'user.city',
  'user.geo.lat',
  'é',
  'dotted\\.name',
  '__proto__',
  'a-key-that-is-longer-than-thirty-two-bytes',
  'z',
];
const KEYS = [
  'a',
  'b',
  'user',
  'city',
  'geo',
  'lat',
  'é',
  'dotted.name',
  '__proto__',
  'a-key-that-is-longer-than-thirty-two-bytes',
  'z',
  'c',
  '',
  'A',
];

export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

export function randomBlock(dice: Dice): Buffer {
  if (dice.below(2) === 0) return twins(dice);
  const lines: Buffer[] = [];
  const count = dice.below(14);
  let shape = randomShape(dice, 0);
  for (let i = 0; i < count; i++) {
    if (dice.below(4) === 0) shape = randomShape(dice, 0);
    const isRegular = dice.below(3) > 0;
    const text = dice.below(25) === 0 ? randomValue(dice) : written(shape, dice, isRegular);
    let line: Buffer = Buffer.from(text, 'utf8');
    if (dice.below(5) === 0) line = spoiled(line, dice);
    lines.push(line, Buffer.from(dice.of(['\n', '\n', '\n', '\r\n', '\n\n', '\n\r\n', ' \t\n'])));
  }
  const bytes: Buffer = Buffer.concat(lines);
  const cut = dice.below(3) === 0 && bytes.length > 0 ? bytes.subarray(0, bytes.length - 1) : bytes;
  return dice.below(10) === 0 ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), cut]) : cut;
}

/** Lines of one shape, as programs write them, whose values are of one kind each: what the fast code foretells. */
function twins(dice: Dice): Buffer {
  const members = Array.from({ length: 2 + dice.below(6) }, () => {
    const key = dice.of(KEYS);
    const [opened, close] = dice.below(3) === 0 ? dice.of(INSIDE) : ['', ''];
    return { key: `"${key}"`, opened, kind: dice.below(KINDS.length), close };
  });
  const [comma, colon] = dice.of([
    [',', ':'],
    [',', ':'],
    [', ', ': '],
    [' ,\t', ' : '],
  ]);
  const end = dice.below(6) === 0 ? '\r\n' : '\n';
  // Few files stay as they begin: another shape follows, or comes and goes.
  const changes = dice.below(3) === 0 ? dice.below(3) : 40;
  const lines = Array.from({ length: 4 + dice.below(24) }, () => {
    const written = members.map(({ key, opened, kind, close }) => {
      const isOdd = dice.below(40) === 0;
      return `${key}${colon}${opened}${isOdd ? randomValue(dice) : KINDS[kind]!(dice)}${close}`;
    });
    if (dice.below(changes + 2) === 0) written.splice(dice.below(written.length), 1);
    const line = Buffer.from(`{${written.join(comma)}}`);
    return Buffer.concat([dice.below(25) === 0 ? spoiled(line, dice) : line, Buffer.from(dice.below(30) === 0 ? '\r\n' : end)]);
  });
  return Buffer.concat(lines);
}

/** What a value stands in, wanted there or not. */
const INSIDE = [
  ['{"city":', '}'],
  ['{"geo":{"lat":', ',"lon":8.5}}'],
  ['{ "deeper" : { "x\\u0041" : ', '} , "é":[] }'],
  ['{"first-of-many-members":1,"second-of-many-members":"two","third":', ',"empty":{}}'],
  ['[', ']'],
] as const;

const KINDS: readonly ((dice: Dice) => string)[] = [
  (dice) => String(dice.below(1000)),
  (dice) => `0.${dice.below(1e9)}${dice.below(1e9)}1`,
  (dice) => `"${'x'.repeat(dice.below(60))}"`,
  (dice) => `"${dice.of(['ann', 'x', 'é', 'bob'])}"`,
  (dice) => dice.of(['true', 'false']),
  (dice) => String(-dice.below(1e6) / 100),
  (dice) => `"2026-11-21T18:30:${10 + dice.below(50)}Z"`,
  (dice) => `[${dice.below(9)},{"a":"${dice.below(99)}"}]`,
  (dice) => dice.of(['null', '1', '2.5']),
  (dice) => `"a\\n${dice.below(9)}"`,
  (dice) => String((dice.below(2e9) - 1e9) / 10 ** dice.below(12)),
  (dice) => `${dice.below(2) === 0 ? '-' : ''}${'1234567890'.repeat(2).slice(0, 1 + dice.below(19))}`,
  (dice) => dice.of(NUMBERS),
  (dice) => `${(dice.below(2e6) - 1e6) / 10 ** dice.below(7)}${dice.of(['e', 'E'])}${dice.of(['', '-', '+'])}${dice.below(40)}`,
  (dice) => (dice.below(3) === 0 ? 'null' : `"${dice.of(['ann', 'x', 'é'])}"`),
];

type Shape = readonly (readonly [key: string, inner: Shape | undefined])[];

function randomShape(dice: Dice, depth: number): Shape {
  return Array.from({ length: dice.below(7) }, () => {
    const key = dice.of(KEYS);
    const isInner = depth < 4 && dice.below(key === 'user' || key === 'geo' ? 2 : 6) === 0;
    return [key, isInner ? randomShape(dice, depth + 1) : undefined] as const;
  });
}

function written(shape: Shape, dice: Dice, isRegular: boolean): string {
  const space = (): string => (isRegular || dice.below(4) > 0 ? '' : dice.of([' ', '\t', '  ', '\r', '                  ']));
  const members = shape
    .filter(() => isRegular || dice.below(6) > 0)
    .map(([key, inner]) => {
      const value = inner === undefined ? randomValue(dice) : written(inner, dice, isRegular);
      return `${space()}${isRegular || dice.below(8) > 0 ? JSON.stringify(key) : escaped(key)}${space()}:${space()}${value}${space()}`;
    });
  if (!isRegular && dice.below(5) === 0) members.reverse();
  return `${space()}{${space()}${members.join(',')}}${space()}`;
}

function escaped(text: string): string {
  return `"${[...text].map((letter) => (letter.length === 1 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter)).join('')}"`;
}

function randomValue(dice: Dice): string {
  switch (dice.below(9)) {
    case 0:
      return dice.of(['null', 'true', 'false', '[]', '{}', '[ ]', '{ }']);
    case 1:
      return dice.of(WORDS);
    case 2:
      return JSON.stringify(dice.of(TEXTS).slice(dice.below(3)));
    case 3:
    case 4:
      return randomNumber(dice);
    case 5:
      return dice.of(NUMBERS);
    case 6:
      return dice.of(TIMES);
    case 7:
      return `[${Array.from({ length: dice.below(4) }, () => (dice.below(3) === 0 ? randomValue(dice) : dice.of(NUMBERS))).join(dice.of([',', ', ']))}]`;
    default:
      return `{${Array.from({ length: dice.below(3) }, () => `${JSON.stringify(dice.of(KEYS))}:${dice.of(WORDS)}`).join(',')}}`;
  }
}

function randomNumber(dice: Dice): string {
  const digits = (most: number): string => Array.from({ length: 1 + dice.below(most) }, () => dice.below(10)).join('');
  const whole = dice.below(3) === 0 ? '0' : String(BigInt(digits(dice.of([3, 9, 21]))));
  const fraction = dice.below(2) === 0 ? '' : `.${digits(dice.of([2, 6, 20]))}`;
  const exponent = dice.below(5) === 0 ? `${dice.of(['e', 'E'])}${dice.of(['', '+', '-'])}${digits(dice.of([1, 2, 3]))}` : '';
  return `${dice.below(3) === 0 ? '-' : ''}${whole}${fraction}${exponent}`;
}

const WORDS = [
  '"ann"',
  '"x"',
  '"é"',
  '"a\\nb"',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\ud83d"',
  '"\\ude00\\ud83d"',
  '"\\ud83d\\ud83d\\ude00"',
  '"{\\"[,:"',
];
const TEXTS = [
  '',
  'plain',
  'grüezi mitenand',
  '日本語のテキスト',
  '😀😀',
  '}{][,:"\\',
  '\u0000\u001f',
  'a rather long text with nothing special in it at all',
  '\ufffd',
  '\ud800x',
];
const NUMBERS = [
  '0',
  '-0',
  '-0.0',
  '1',
  '-1',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  '1e400',
  '-1e400',
  '1e-400',
  '5e-324',
  '2.2250738585072014e-308',
  '0.1',
  '0.30000000000000004',
  '123456789012345678',
  '1.7976931348623157e308',
  '1e22',
  '1e23',
  '8.5e15',
  '100000000000000000000000',
  '1700000000',
  '1700000000.123456',
  '1700000000123456789',
  '0e5',
  '1E+2',
  '12345678901234',
  '1234567.8901234',
  '"12"',
  '"-9223372036854775808"',
  '"007"',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  '0x10',
  'NaN',
];
const TIMES = [
  '"2026-11-21"',
  '"2026-11-21T18:30:15.123Z"',
  '"2024-02-29 23:59:59+01:30"',
  '"2023-02-29"',
  '"1969-12-31T23:59:59.999999999Z"',
  '"2026-11-21T18:30"',
  '"0000-01-01"',
  '"9999-12-31T23:59:59.5-0800"',
  '"2026-13-01"',
  '"2026-11-21T24:00:00Z"',
  '"2026-11-21T18:30:15,5+09"',
  '"2026-11-21T1\\u0038:30Z"',
  '"2026-1-1"',
  '"2026-11-21Z"',
];

/** One array of values like those of lines, sometimes spoiled. */
export function randomArray(dice: Dice): Buffer {
  const space = (): string => dice.of(['', '', ' ', '\n', '\r\n  ', '\t']);
  const elements = Array.from({ length: dice.below(8) }, () =>
    dice.below(3) === 0 ? randomValue(dice) : written(randomShape(dice, 0), dice, dice.below(2) === 0),
  );
  const text = `${space()}[${space()}${elements.map((element) => `${space()}${element}${space()}`).join(',')}]${space()}`;
  const mark = dice.below(10) === 0 ? '\ufeff' : '';
  const bytes = Buffer.from(mark + text, 'utf8');
  return dice.below(2) === 0 ? bytes : spoiled(bytes, dice);
}

const BYTES = [...Buffer.from('{}[]:,"\\0123456789-+.eEtfnu \t\r\n/'), 0, 0x1f, 0x7f, 0x80, 0xc3, 0xa9, 0xed, 0xa0, 0xf0, 0xff];

function spoiled(line: Buffer, dice: Dice): Buffer {
  const bytes = [...line];
  for (let i = 1 + dice.below(2); i > 0; i--) {
    const at = dice.below(bytes.length + 1);
    const kind = dice.below(4);
    if (kind === 0) bytes.splice(at, 1);
    else if (kind === 1) bytes.splice(at, 0, dice.of(BYTES));
    else if (kind === 2 && at < bytes.length) bytes[at] = dice.of(BYTES);
    else if (kind === 3) bytes.length = at;
  }
  return Buffer.from(bytes);
}
