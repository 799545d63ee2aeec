/** What assembly/csv.ts exports; its comments say what the arguments are. Addresses and counts are unsigned numbers. */
export interface CsvExports {
  results(): number;
  configure(trims: boolean, separator: number, decimal: number, thousands: number): void;
  scan(
    buf: number,
    from: number,
    length: number,
    separator: number,
    quote: number,
    comment: number,
    fields: number,
    longest: number,
    idx: number,
    entry: number,
    entries: number,
    good: number,
    row: number,
    rows: number,
    odd: number,
    odds: number,
  ): number;
  starts(idx: number, good: number, rows: number, base: number, out: number): void;
  lines(begin: number, end: number): number;
  numbers(
    buf: number,
    idx: number,
    good: number,
    rows: number,
    column: number,
    isLast: boolean,
    quote: number,
    isWhole: boolean,
    mayHaveExponent: boolean,
    shift: number,
    mayBeNull: boolean,
    tokens: number,
    out: number,
    nulls: number,
    bad: number,
  ): number;
  bigints: PlaceLoop;
  booleans: PlaceLoop;
  times: PlaceLoop;
  ids(
    buf: number,
    idx: number,
    good: number,
    from: number,
    rows: number,
    column: number,
    isLast: boolean,
    quote: number,
    mayBeNull: boolean,
    tokens: number,
    dictionary: number,
    out: number,
    nulls: number,
    bad: number,
    empty: number,
    wrong: number,
  ): number;
  intern(dictionary: number, at: number, length: number): number;
  rehash(from: number, slots: number, to: number, mask: number): void;
  strings(
    buf: number,
    idx: number,
    good: number,
    rows: number,
    column: number,
    isLast: boolean,
    quote: number,
    mayBeNull: boolean,
    tokens: number,
    out: number,
    ends: number,
    flags: number,
    nulls: number,
    bad: number,
  ): number;
}

type PlaceLoop = (
  buf: number,
  idx: number,
  good: number,
  rows: number,
  column: number,
  isLast: boolean,
  quote: number,
  mayBeNull: boolean,
  tokens: number,
  out: number,
  nulls: number,
  bad: number,
) => number;
