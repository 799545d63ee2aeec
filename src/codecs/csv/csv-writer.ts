import { HeadraceError } from '../../core/error.ts';
import type { FileEncoder, WritingFormat } from '../../core/format.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { encodeUtf8 } from '../utf8.ts';
import type { Dialect } from './dialect.ts';
import { layoutByNames, layoutByOrder, stringSpec } from './layout.ts';
import { RowText } from './row-text.ts';

type Row = Readonly<Record<string, unknown>>;

/** How rows are written to a file: a line of names where there is to be one, and a line for each row. */
export function csvWriting(dialect: Dialect): WritingFormat<Row> {
  return {
    // Without columns the first record names them, and a file that has some already does not tell which.
    canAppend: dialect.specs !== undefined,
    open: ({ isEmpty }) => new CsvEncoder(dialect, isEmpty),
  };
}

/** How much text is gathered before it becomes bytes. */
const PIECE_LETTERS = 65_536;

class CsvEncoder implements FileEncoder<Row> {
  readonly #dialect: Dialect;
  readonly #isEmpty: boolean;
  #rows: RowText | undefined;
  /** Without columns: what the first record had. */
  #names: readonly string[] | undefined;
  #text = '';
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(dialect: Dialect, isEmpty: boolean) {
    this.#dialect = dialect;
    this.#isEmpty = isEmpty;
    if (dialect.specs !== undefined) this.#begin(columnsOf(dialect, dialect.specs));
  }

  #begin(columns: readonly (ColumnSpec | undefined)[]): void {
    this.#rows = new RowText(this.#dialect, columns);
    if (this.#isEmpty && this.#dialect.header === true) this.#text = `${this.#rows.header(columns.map((spec) => spec?.from ?? ''))}\n`;
  }

  add(value: Row): void {
    if (this.#dialect.specs === undefined) this.#checkNames(value);
    this.#text += `${this.#rows!.row(value)}\n`;
    if (this.#text.length >= PIECE_LETTERS) this.#encode();
  }

  #checkNames(value: Row): void {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const known = this.#names;
    if (known === undefined && names.length > 0 && !names.includes('__proto__')) {
      const columns = names.map(stringSpec);
      new RowText(this.#dialect, columns).row(value); // Refused, it names nothing.
      this.#names = names;
      this.#begin(columns);
    } else if (known === undefined || names.length !== known.length || !known.every((name) => Object.hasOwn(value, name)))
      throw new HeadraceError({
        code: 'HR_VALUE_UNENCODABLE',
        action: 'deadLetter',
        where: this.#dialect.kind,
        what:
          known === undefined
            ? 'the first record has no members to name the columns'
            : `a record has the members ${names.join(', ')}, and the first had ${known.join(', ')}`,
        todo: 'Give csv() its columns, or make all records alike in a map before the sink.',
      });
  }

  get heldBytes(): number {
    return this.#bytes + this.#text.length;
  }

  #encode(): void {
    if (this.#text === '') return;
    const bytes = encodeUtf8(this.#text);
    this.#text = '';
    this.#bytes += bytes.length;
    this.#pieces.push(bytes);
  }

  take(): readonly Uint8Array[] {
    this.#encode();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  end(): readonly Uint8Array[] {
    return this.take();
  }
}

/** What stands at each place: the columns in their order, or where the file has them. */
function columnsOf(dialect: Dialect, specs: readonly ColumnSpec[]): readonly (ColumnSpec | undefined)[] {
  const { header, kind } = dialect;
  const twice = specs.find(({ from }, i) => specs.findIndex((each) => each.from === from) < i);
  if (twice !== undefined)
    throw new HeadraceError({
      code: 'HR_COLUMNS_INVALID',
      where: kind,
      what: `two columns are both '${twice.from}' in the file, which can be read and not written`,
      todo: 'Write with a csv() of its own that has each column once.',
    });
  if (header === true) return specs;
  const { fields, columns } = header === false ? layoutByOrder(dialect, 0) : layoutByNames(dialect, header, kind);
  const placed = Array<ColumnSpec | undefined>(fields).fill(undefined);
  for (const { spec, field } of columns) placed[field] = spec;
  return placed;
}
