import { entryAt } from '../../core/columns.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { BlockMark } from '../../core/format.ts';
import type { ColumnWishes } from '../column-kinds.ts';
import { csvCodec } from './csv-codec.ts';
import type { CsvSettings } from './settings.ts';

// For the tests of this folder and those in tests/.

export interface Reading {
  /** Read byte by byte. */
  readonly isPlain?: boolean;
  /** Where the bytes are cut into blocks. */
  readonly cuts?: readonly number[];
  readonly limit?: number;
  readonly recordBytes?: number;
  readonly from?: BlockMark;
}

export interface RefusedRow {
  /** How many rows came before. */
  readonly before: number;
  readonly position: number | string;
  readonly code: string;
  readonly message: string;
  readonly bytes: string;
}

export interface Everything {
  readonly rows: readonly (readonly unknown[])[];
  readonly at: readonly number[];
  readonly refused: readonly RefusedRow[];
  readonly marks: readonly BlockMark[];
  /** What ended the reading before the end. */
  readonly stopped?: string;
}

/** All that is read of a file, in whatever pieces. */
export function readCsv(settings: CsvSettings<ColumnWishes | undefined>, file: Uint8Array | string, reading: Reading = {}): Everything {
  const { isPlain = false, cuts = [], limit = 1024, recordBytes = 1_000_000, from } = reading;
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const reader = csvCodec({ kind: 'csv', separator: ',', settings, isPlain }).blocks!.open({ where: 'file:x.csv', recordBytes, from });
  const rows: unknown[][] = [];
  const at: number[] = [];
  const refused: RefusedRow[] = [];
  const marks: BlockMark[] = [];
  const take = (): void => {
    for (let answer = reader.next(limit); answer !== undefined; answer = reader.next(limit)) {
      const before = rows.length;
      const { columns } = answer;
      if (columns === undefined) rows.push(...answer.values.map((value) => [value]));
      else for (let row = 0; row < columns.length; row++) rows.push(columns.columns.map((column) => entryAt(column, row)));
      at.push(...Array.from(answer.at));
      for (const each of answer.refused ?? []) {
        const { code, message } = each.error;
        refused.push({
          before: before + each.before,
          position: each.position,
          code,
          message,
          bytes: Buffer.from(each.bytes ?? []).toString('latin1'),
        });
      }
      marks.push(answer.mark);
    }
  };
  let fed = from?.byte ?? 0;
  try {
    for (const cut of [...cuts.filter((each) => each >= fed), bytes.length]) {
      reader.feed(bytes.subarray(fed, cut));
      fed = cut;
      take();
    }
    reader.end();
    take();
  } catch (error) {
    if (!isHeadraceError(error)) throw error;
    return { rows, at, refused, marks, stopped: `${error.code} ${error.message}` };
  }
  return { rows, at, refused, marks };
}
