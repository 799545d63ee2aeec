import { entryAt, type Columns } from '../../core/columns.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { BlockAnswer, BlockMark, PartReader } from '../../core/format.ts';
import type { StandardSchema } from '../../core/schema.ts';
import type { RefusedRecord } from '../../core/source.ts';
import { checkSchema } from '../schema-check.ts';
import type { CsvReader } from './csv-reader.ts';
import { Wrong } from './wrong.ts';

/** Rows instead of columns, each checked by a schema. */
export class CheckedReader<T> implements PartReader<T> {
  readonly #reader: CsvReader;
  readonly #schema: StandardSchema<T>;
  readonly #kind: string;

  constructor(reader: CsvReader, schema: StandardSchema<T>, kind: string) {
    this.#reader = reader;
    this.#schema = schema;
    this.#kind = kind;
  }

  get place(): BlockMark | undefined {
    return this.#reader.place;
  }

  goTo(mark: BlockMark): void {
    this.#reader.goTo(mark);
  }

  feed(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
  }

  end(): void {
    this.#reader.end();
  }

  next(limit: number): BlockAnswer<T> | undefined {
    const answer = this.#reader.next(limit);
    if (answer?.columns === undefined) return undefined;
    const { columns, refused = [] } = answer;
    const values: T[] = [];
    const at: number[] = [];
    const all: RefusedRecord[] = [];
    let told = 0;
    const tell = (row: number): void => {
      for (; told < refused.length && refused[told]!.before <= row; told++) all.push({ ...refused[told]!, before: values.length });
    };
    for (let row = 0; row < columns.length; row++) {
      tell(row);
      try {
        values.push(checkSchema(this.#schema, rowAt(columns, row), this.#kind));
        at.push(answer.at[row]!);
      } catch (error) {
        if (!isHeadraceError(error) || error.action !== 'deadLetter') throw error;
        all.push({ ...this.#reader.refuse(answer.at[row]!, new Wrong(error.code, error.what, error.todo)), before: values.length });
      }
    }
    tell(columns.length);
    return { values, at, refused: all.length === 0 ? undefined : all, mark: answer.mark };
  }
}

function rowAt({ names, columns }: Columns, row: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) made[names[i]!] = entryAt(columns[i]!, row);
  return made;
}

/** Rows of columns, or undefined where the schema refuses one: whoever reads it by itself says why. */
export function checkedRows<T>(columns: Columns, schema: StandardSchema<T>, kind: string): T[] | undefined {
  const rows: T[] = [];
  for (let row = 0; row < columns.length; row++) {
    try {
      rows.push(checkSchema(schema, rowAt(columns, row), kind));
    } catch (error) {
      if (!isHeadraceError(error) || error.action !== 'deadLetter') throw error;
      return undefined;
    }
  }
  return rows;
}
