import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { checkNames, type Dialect, optionError } from './dialect.ts';
import { shown } from './wrong.ts';

/** Where the columns of a row stand in a file. */
export interface Layout {
  /** How many places a row has. */
  readonly fields: number;
  readonly columns: readonly LaidColumn[];
  /** The names of a row's members. */
  readonly names: readonly string[];
}

export interface LaidColumn {
  readonly spec: ColumnSpec;
  /** Its place, counted from 0. */
  readonly field: number;
}

/** By the names that a header has, or undefined where they are not all needed: a name that is not there is an error. */
export function layoutByNames(dialect: Dialect, names: readonly string[], where: string): Layout {
  const { specs } = dialect;
  if (specs === undefined) {
    checkNames(dialect.kind, names, `the header (${where})`);
    return layout(
      names.length,
      names.map((name, field) => ({ spec: stringSpec(name), field })),
    );
  }
  return layout(
    names.length,
    specs.map((spec) => ({ spec, field: fieldOf(spec, names, where) })),
  );
}

/** By the order of the columns, or by the places they name. `fields` is how many the first row has. */
export function layoutByOrder(dialect: Dialect, fields: number): Layout {
  const specs = dialect.specs!;
  const placed = specs.filter((spec) => PLACE.test(spec.from));
  if (placed.length === 0)
    return layout(
      specs.length,
      specs.map((spec, field) => ({ spec, field })),
    );
  if (placed.length < specs.length)
    throw optionError(
      dialect.kind,
      `only ${placed.length} of ${specs.length} columns say where they stand`,
      "Give each a place by from: '3', or none.",
    );
  const columns = specs.map((spec) => ({ spec, field: Number(spec.from) - 1 }));
  return layout(Math.max(fields, ...columns.map(({ field }) => field + 1)), columns);
}

const PLACE = /^[1-9]\d{0,4}$/;

/** Where a header of the same number of fields, or a mark, has put them. */
export function layoutAt(dialect: Dialect, fields: number, at: readonly number[]): Layout {
  return layout(
    fields,
    dialect.specs!.map((spec, i) => ({ spec, field: at[i]! })),
  );
}

function layout(fields: number, columns: readonly LaidColumn[]): Layout {
  return { fields, columns, names: columns.map(({ spec }) => spec.name) };
}

function fieldOf(spec: ColumnSpec, names: readonly string[], where: string): number {
  const field = names.indexOf(spec.from);
  if (field >= 0 && names.indexOf(spec.from, field + 1) < 0) return field;
  const missing = field < 0;
  throw new HeadraceError({
    code: missing ? 'HR_CSV_COLUMN_MISSING' : 'HR_CSV_HEADER_INVALID',
    where,
    what: missing ? `there is no column '${spec.from}' among ${listed(names)}` : `the header has the column '${spec.from}' twice`,
    todo: missing
      ? `Name it as the file does, by from: '…', or ${elsewise(names)}.`
      : 'Correct the header, or read by place: header: false, and columns with from: "3".',
  });
}

/** What else may be the reason that a name is not there. */
function elsewise(names: readonly string[]): string {
  const between = names.length > 1 ? undefined : SEPARATORS.find((separator) => names[0]?.includes(separator));
  if (between !== undefined) return `say separator: ${JSON.stringify(between)}, which seems to stand between the names`;
  if (names.some((name) => name.includes('\r'))) return 'write the file again with LF or CRLF at the end of a line, where it has CR alone';
  return 'say header: false if the file has no line of names';
}

const SEPARATORS = [';', '\t', '|', ','];

const LISTED = 20;

function listed(names: readonly string[]): string {
  const first = names
    .slice(0, LISTED)
    .map((name) => shown(name))
    .join(', ');
  return names.length > LISTED ? `${first} and ${names.length - LISTED} more` : first;
}

export function stringSpec(name: string): ColumnSpec {
  return { name, from: name, kind: 'string', mayBeNull: false, unit: 'iso', oneOf: undefined };
}
