import { HeadraceError } from '../core/error.ts';

/** What one place of a row may be; a question mark behind it allows it to be empty, which is null. */
export type ColumnKind = 'string' | 'number' | 'integer' | 'bigint' | 'boolean' | 'time';

/** The columns a codec reads and writes: the names of a row's members and what each of them is. */
export interface ColumnWishes {
  readonly [name: string]: ColumnWish;
}

export type ColumnWish = ColumnKind | `${ColumnKind}?` | ColumnOptions;

export interface ColumnOptions {
  readonly as: ColumnKind | `${ColumnKind}?`;
  /** What the column is called where it is read and written, if not by the member's name; in JSON a path (`user.city`). */
  readonly from?: string;
  /** How a time is written; 'iso' by default. Read, it is milliseconds since 1970. */
  readonly unit?: 'iso' | 's' | 'ms' | 'us' | 'ns';
  /** The only strings there are. */
  readonly oneOf?: readonly string[];
}

/** The row that columns make. */
export type RowOf<C extends ColumnWishes> = { readonly [N in keyof C]: ValueOfWish<C[N]> };

type ValueOfWish<W> = W extends { readonly as: infer A extends string; readonly oneOf: readonly (infer O)[] }
  ? O | (A extends `${string}?` ? null : never)
  : W extends { readonly as: infer A extends string }
    ? ValueOfKind<A>
    : W extends string
      ? ValueOfKind<W>
      : never;

type ValueOfKind<K extends string> = K extends `${infer Base}?` ? BaseValue<Base> | null : BaseValue<K>;

type BaseValue<K extends string> = K extends 'string'
  ? string
  : K extends 'number' | 'integer' | 'time'
    ? number
    : K extends 'bigint'
      ? bigint
      : K extends 'boolean'
        ? boolean
        : never;

/** One wish, spelled out. */
export interface ColumnSpec {
  readonly name: string;
  readonly from: string;
  readonly kind: ColumnKind;
  readonly mayBeNull: boolean;
  readonly unit: NonNullable<ColumnOptions['unit']>;
  readonly oneOf: readonly string[] | undefined;
}

const KINDS: ReadonlySet<string> = new Set<ColumnKind>(['string', 'number', 'integer', 'bigint', 'boolean', 'time']);
const UNITS: ReadonlySet<string> = new Set(['iso', 's', 'ms', 'us', 'ns']);

/** Wishes spelled out and checked, in the order of a row; `codec` names the codec in errors. */
export function columnSpecs(wishes: ColumnWishes, codec: string): readonly ColumnSpec[] {
  const specs = Object.entries(wishes).map(([name, wish]) => specOf(name, wish, codec));
  if (specs.length === 0) throw refused(codec, 'it asks for no column', 'Name at least one column, such as { id: "integer" }.');
  return specs;
}

function specOf(name: string, wish: ColumnWish, codec: string): ColumnSpec {
  const { as, from = name, unit = 'iso', oneOf }: ColumnOptions = typeof wish === 'string' ? { as: wish } : wish;
  const mayBeNull = as.endsWith('?');
  const kind = mayBeNull ? as.slice(0, -1) : as;
  if (!KINDS.has(kind))
    throw refused(
      codec,
      `column '${name}' wants to be ${JSON.stringify(as)}`,
      `A column is one of ${[...KINDS].join(', ')}, with a ? behind it where it may be empty.`,
    );
  if (!UNITS.has(unit))
    throw refused(codec, `column '${name}' has the unit ${JSON.stringify(unit)}`, `A time is written in one of ${[...UNITS].join(', ')}.`);
  if (oneOf !== undefined && (kind !== 'string' || oneOf.length === 0))
    throw refused(
      codec,
      `column '${name}' has oneOf and is ${oneOf.length === 0 ? 'allowed no string' : `of the kind ${kind}`}`,
      'Give oneOf to a column of strings, with at least one of them.',
    );
  return { name, from, kind: kind as ColumnKind, mayBeNull, unit, oneOf };
}

function refused(codec: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_COLUMNS_INVALID', where: codec, what, todo });
}
