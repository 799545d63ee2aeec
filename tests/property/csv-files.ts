import type { ColumnWish, ColumnWishes } from '../../src/codecs/column-kinds.ts';
import type { Reading } from '../../src/codecs/csv/csv-rig.ts';
import type { CsvSettings } from '../../src/codecs/csv/settings.ts';

// Files of CSV, good and bad, and ways to read them, all from one seed.

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 12)) >>> 0) / 4294967296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}

export interface CsvCase {
  readonly settings: CsvSettings<ColumnWishes | undefined>;
  readonly bytes: Buffer;
  readonly reading: Reading;
}

const KINDS = ['string', 'string?', 'number', 'number?', 'integer?', 'bigint?', 'boolean?', 'time?', 'integer', 'boolean', 'time'] as const;
const WORDS = [
  '',
  'k1',
  'k2',
  'abc',
  'é',
  '漢字',
  '\0',
  'NULL',
  '\r',
  '"',
  'a"b',
  '""',
  ' 1',
  '#c',
  'a,b',
  'say "hi"',
  'two\nlines',
  '\xff',
];
const SCALARS = [
  ...[
    '-0',
    '+5',
    '.5',
    '5.',
    '000000000000000000000000012',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
  ],
  ...['true', 'F', 'yes', 'No', 'maybe', '1_0', 'Infinity', 'NaN', '0x10', '2026-13-01', '2026-01-31T12:30+14', '1e400', '1e-7', '-'],
];

/** A place that may or may not be of the kind. */
function anyPlace(chance: Chance): string {
  switch (chance.below(8)) {
    case 0:
      return String(chance.below(1000));
    case 1:
      return String((chance.next() - 0.5) * 10 ** chance.below(30));
    case 2:
      return chance.one(SCALARS);
    case 3:
      return `2026-0${1 + chance.below(9)}-${10 + chance.below(22)}`;
    case 4:
      return `2024-02-29 1${chance.below(10)}:30:59${chance.one(['.', '.', ','])}${chance.below(1e9)}${chance.one(['', 'Z', '+02:00', '-0130', '+05'])}`;
    case 5:
      return 'x'.repeat(chance.below(40));
    case 6:
      return `a longer text number ${chance.below(40)}`;
    default:
      return chance.one(WORDS);
  }
}

/** A place as its kind wants it. */
function goodPlace(chance: Chance, wish: ColumnWish | undefined): string {
  const { as, unit = 'iso', oneOf } = typeof wish === 'object' ? wish : { as: wish ?? 'string' };
  switch (as.replace('?', '')) {
    case 'number':
      return String((chance.next() - 0.3) * 10 ** chance.below(8));
    case 'integer':
      return String(chance.below(2e9) - 1e9);
    case 'bigint':
      return `${chance.below(1e9)}${chance.below(1e9)}`;
    case 'boolean':
      return chance.one(['true', 'false', 't', '0']);
    case 'time':
      return unit === 'iso'
        ? `2026-01-${10 + chance.below(20)}T1${chance.below(10)}:00:00.${chance.below(1000)}Z`
        : `${1.7e9 + chance.below(1e9)}`;
    default:
      return oneOf === undefined
        ? chance.one([...WORDS.slice(0, 5), 'x'.repeat(chance.below(30)), String(chance.below(1000))])
        : chance.one(oneOf);
  }
}

export function csvCase(seed: number): CsvCase {
  const chance = new Chance(seed);
  const names = Array.from({ length: 1 + chance.below(6) }, (_, i) => `c${i}`);
  const columns: Record<string, ColumnWish> = {};
  for (let i = 1 + chance.below(names.length); i > 0; i--) columns[chance.one(names)] = wishOf(chance);
  const settings: { -readonly [S in keyof CsvSettings<ColumnWishes | undefined>]: CsvSettings<ColumnWishes | undefined>[S] } = {
    ...(chance.is(0.1) ? {} : { columns }),
    ragged: chance.one(['refuse', 'refuse', 'pad', 'cut'] as const),
    header: chance.one([true, true, names]),
    utf8: chance.one(['refuse', 'replace'] as const),
    ...(chance.is(0.2) ? { comment: '#' } : {}),
    ...(chance.is(0.1) ? { quote: chance.one([false, "'"] as const) } : {}),
    ...(chance.is(0.2) ? { nulls: chance.one([['NULL', ''], [], ['NULL'], ['1', 'k1']]) } : {}),
    ...(chance.is(0.3) ? { trim: true } : {}),
    ...(chance.is(0.2) ? { decimal: ',' as const } : {}),
    ...(chance.is(0.2) ? { separator: chance.one([';', '\t', ' ']) } : {}),
    ...(chance.is(0.3) ? { dictionary: { entries: chance.one([0, 1, 3, 100]), bytes: chance.one([0, 10, 100, 1e6]) } } : {}),
  };
  const { decimal, quote } = settings;
  if (chance.is(0.25))
    settings.thousands = chance.one([
      decimal === ',' ? ('.' as const) : (',' as const),
      quote === "'" ? ('_' as const) : ("'" as const),
      ' ' as const,
    ]);
  const bytes = fileOf(chance, names, settings);
  const cuts =
    bytes.length < 3000 && chance.is(0.02)
      ? Array.from(bytes, (_, i) => i)
      : Array.from({ length: chance.below(6) }, () => chance.below(bytes.length + 1));
  cuts.sort((a, b) => a - b);
  return { settings, bytes, reading: { cuts, limit: chance.one([1, 7, 1024, 100_000]), recordBytes: chance.one([1e6, 1e6, 200, 50]) } };
}

function wishOf(chance: Chance): ColumnWish {
  const as = chance.one(KINDS);
  if (as.startsWith('string') && chance.is(0.2)) return { as, oneOf: ['k1', 'k2', 'é', ''] };
  return as.startsWith('time') ? { as, unit: chance.one(['iso', 'iso', 's', 'ms', 'us', 'ns'] as const) } : as;
}

function fileOf(chance: Chance, names: readonly string[], settings: CsvSettings<ColumnWishes | undefined>): Buffer {
  const { columns, header, trim = false, decimal = '.', separator = ',', thousands } = settings;
  const end = chance.one(['\n', '\r\n']);
  const odd = chance.one([0, 0, 0.02, 0.2]);
  const isGood = chance.is(0.6);
  const rows = chance.is(0.005) ? 2500 : chance.one([3, 10, 30, 100]);
  const blanks = trim ? 0.3 : odd / 4;
  let text = `${chance.is(0.1) ? '\ufeff' : ''}${header === true ? names.map((name) => blanked(chance, name, blanks)).join(separator) + end : ''}`;
  for (let i = 0; i < rows; i++) {
    if (chance.is(odd)) text += chance.one(['', '#comment, "x\n', end, end + end, '\r', '",', `"${anyPlace(chance)}`]);
    if (chance.is(odd)) text += chance.one(['  ', '\t', ' \r']) + end;
    const places = names.map((name) => {
      const place = isGood && !chance.is(odd / 4) ? goodPlace(chance, columns?.[name]) : anyPlace(chance);
      const pointed = decimal === ',' && /^[-.\de]+$/.test(place) && !chance.is(odd / 4) ? place.replace('.', ',') : place;
      const grouped = thousands === undefined || chance.is(0.2) ? pointed : inGroups(chance, pointed, thousands);
      return blanked(chance, quoted(chance, grouped, { odd, separator }), blanks);
    });
    if (chance.is(odd)) places.pop();
    if (chance.is(odd)) places.push('extra');
    text += places.join(separator) + (i === rows - 1 && chance.is(0.5) ? '' : end);
  }
  return Buffer.from(text, chance.is(0.3) ? 'latin1' : 'utf8');
}

/** Digits in groups of three, in front of a fraction and sometimes in it, and sometimes of another length. */
function inGroups(chance: Chance, place: string, between: string): string {
  const length = chance.is(0.9) ? 3 : 1 + chance.below(4);
  const groups = new RegExp(`\\d(?=(?:\\d{${length}})+(?!\\d))`, chance.is(0.1) ? 'g' : 'y');
  const sign = /^[+-]?/.exec(place)![0].length;
  const whole = /^\d*/.exec(place.slice(sign))![0].length;
  const parts = [place.slice(0, sign), place.slice(sign, sign + whole), place.slice(sign + whole)] as const;
  const every = new RegExp(groups.source, 'g');
  return parts[0] + parts[1].replace(every, `$&${between}`) + (groups.global ? parts[2].replace(every, `$&${between}`) : parts[2]);
}

/** With blanks around it, now and then. */
function blanked(chance: Chance, place: string, probability: number): string {
  const some = (): string => (chance.is(probability) ? chance.one([' ', '\t', '  \t', ' '.repeat(chance.below(140))]) : '');
  return some() + place + some();
}

function quoted(chance: Chance, place: string, { odd, separator }: { readonly odd: number; readonly separator: string }): string {
  const needs = /["\r\n']/.test(place) || place.includes(separator);
  return (needs && !chance.is(odd / 2)) || (!needs && chance.is(0.1)) ? `"${place.replaceAll('"', '""')}"` : place;
}
