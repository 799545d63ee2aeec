import { HeadraceError } from '../../core/error.ts';
import { encodeUtf8 } from '../utf8.ts';
import { isEmptyLine } from './blanks.ts';
import { type Dialect, LF } from './dialect.ts';
import type { Draft } from './drafts.ts';
import { layoutByNames, layoutByOrder, type Layout, stringSpec } from './layout.ts';
import type { PlaceValue } from './place-value.ts';
import { Places } from './places.ts';
import { PlainRows } from './plain-rows.ts';
import { RowEnd } from './row-end.ts';
import { RowText } from './row-text.ts';
import { textOf, undoubled } from './place-value.ts';
import { DOUBLED } from './places.ts';
import { Wrong } from './wrong.ts';

type Row = Readonly<Record<string, unknown>>;

/** One row as the body of a record: the columns in their order; where none are named, a line with the names before it. */
export function encodeRow(dialect: Dialect): (row: Row) => Uint8Array {
  const { specs } = dialect;
  if (specs !== undefined) {
    const text = new RowText(dialect, specs);
    return (row) => encodeUtf8(text.row(row));
  }
  return (row) => {
    const names = typeof row === 'object' && row !== null ? Object.keys(row) : [];
    const text = new RowText(dialect, names.map(stringSpec));
    return encodeUtf8(`${text.header(names)}\n${text.row(row)}`);
  };
}

/** The other way round; where a line stands before the row, it names its places. */
export function decodeRow(dialect: Dialect): (bytes: Uint8Array) => Row {
  const inOrder =
    dialect.specs === undefined
      ? undefined
      : layoutByOrder({ ...dialect, specs: dialect.specs.map((spec) => ({ ...spec, from: spec.name })) }, 0);
  return (bytes) => {
    const lines = linesOf(dialect, bytes);
    const row = lines.at(-1);
    if (row === undefined || lines.length > 2 || (lines.length === 1 && inOrder === undefined))
      throw refused(
        dialect,
        new Wrong(
          'HR_DECODE_FAILED',
          `${lines.length} rows are not one row${inOrder === undefined ? ' behind a line of names' : ''}`,
          'Write one row as one body; files of rows are read by fileSource.',
        ),
      );
    const layout = lines.length === 1 ? inOrder! : named(dialect, bytes, lines[0]!);
    const values: Record<string, PlaceValue> = {};
    const drafts: Draft[] = layout.names.map((name) => ({ set: (_row, value) => void (values[name] = value), column: () => EMPTY }));
    const wrong = new PlainRows(dialect, layout, bytes.length).readRow(bytes, row[0], row[1], drafts, 0);
    if (wrong !== undefined) throw refused(dialect, wrong);
    return values;
  };
}

const EMPTY = { kind: 'plain', values: [] } as const;

function linesOf(dialect: Dialect, bytes: Uint8Array): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  const end = new RowEnd({ ...dialect, comment: -1 });
  for (let begin = 0; begin < bytes.length; ) {
    end.begin();
    const at = end.find(bytes, begin, bytes.length);
    const stop = at < 0 ? bytes.length : at;
    if (!isEmptyLine(bytes, begin, stop, dialect)) found.push([begin, stop]);
    if (found.length > 2) break;
    begin = bytes[stop] === LF ? stop + 1 : stop;
  }
  return found;
}

function named(dialect: Dialect, bytes: Uint8Array, [begin, end]: readonly [number, number]): Layout {
  const names = namesIn(dialect, bytes, begin, end);
  if (names instanceof Wrong) throw refused(dialect, names);
  try {
    return layoutByNames(dialect, names, dialect.kind);
  } catch (cause) {
    throw refused(
      dialect,
      new Wrong(
        'HR_DECODE_FAILED',
        'two rows are not one row, nor a line of names and one row',
        'Write one row as one body; files of rows are read by fileSource.',
        cause,
      ),
    );
  }
}

/** The names of a header that stands in bytes[begin, end). */
export function namesIn(dialect: Dialect, bytes: Uint8Array, begin: number, end: number): readonly string[] | Wrong {
  const places = new Places();
  const wrong = places.cut(bytes, begin, end, dialect);
  if (wrong !== undefined) return wrong;
  const names: string[] = [];
  for (let i = 0; i < places.count; i++) {
    const place = bytes.subarray(places.begins[i], places.ends[i]);
    const name = textOf(places.forms[i] === DOUBLED ? undoubled(place, dialect.quote) : place, dialect.replacesUtf8);
    if (name === undefined)
      return new Wrong(
        'HR_DECODE_FAILED',
        `name ${i + 1} of the header is not UTF-8`,
        "Convert the input to UTF-8, or read it with utf8: 'replace'.",
      );
    names.push(name);
  }
  return names;
}

function refused({ kind }: Dialect, { code, what, todo, cause }: Wrong): HeadraceError {
  return new HeadraceError({ code, action: 'deadLetter', where: kind, what, todo, cause });
}
