import type { Codec } from '../../core/codec.ts';
import type { StandardSchema } from '../../core/schema.ts';
import type { ColumnWishes } from '../column-kinds.ts';
import type { BlockOpening, PartReader } from '../../core/format.ts';
import { checkSchema } from '../schema-check.ts';
import { besideThis } from '../beside.ts';
import { CheckedReader, checkedRows } from './checked-reader.ts';
import type { CsvPartSettings } from './csv-part.ts';
import { CsvReader, lineOfMark, markAtLine } from './csv-reader.ts';
import { csvWriting } from './csv-writer.ts';
import { dialectOf } from './dialect.ts';
import { layoutByNames, layoutByOrder } from './layout.ts';
import { decodeRow, encodeRow } from './row-bytes.ts';
import type { CsvSettings } from './settings.ts';

/** How a csv() is made. */
export interface CsvMaking {
  readonly kind: 'csv' | 'tsv';
  /** What stands between places where the settings do not say. */
  readonly separator: string;
  readonly settings: CsvSettings<ColumnWishes | undefined> & { readonly schema?: StandardSchema<any> };
  /** Read byte by byte, as where there is no WebAssembly. */
  readonly isPlain?: boolean;
}

export function csvCodec({ kind, separator, settings, isPlain = false }: CsvMaking): Codec<any> {
  const dialect = dialectOf(kind, settings, separator);
  const { schema } = settings;
  // Found now, not at the first file.
  if (dialect.header === false) layoutByOrder(dialect, 0);
  else if (dialect.header !== true) layoutByNames(dialect, dialect.header, kind);
  const decode = decodeRow(dialect);
  const { schema: _, ...plain } = settings;
  const part: CsvPartSettings = { kind, separator, settings: plain, isPlain };
  const open = (opening: BlockOpening): PartReader<any> => {
    const reader = new CsvReader(dialect, opening, isPlain);
    return schema === undefined ? reader : new CheckedReader(reader, schema, kind);
  };
  return {
    kind,
    framing: 'none', // A place may have line ends in it.
    encode: encodeRow(dialect),
    decode: schema === undefined ? decode : (bytes) => checkSchema(schema, decode(bytes), kind),
    blocks: {
      open,
      split: {
        module: besideThis(import.meta.url, 'csv-part'),
        settings: part,
        quote: dialect.quote,
        open,
        lineOf: lineOfMark,
        atLine: markAtLine,
        ...(schema === undefined ? {} : { valuesOf: (columns) => checkedRows(columns, schema, kind) }),
      },
    },
    writing: csvWriting(dialect),
  };
}
