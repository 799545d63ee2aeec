import type { BlockOpening, PartReader } from '../../core/format.ts';
import { CsvReader } from './csv-reader.ts';
import { dialectOf } from './dialect.ts';
import type { CsvMaking } from './csv-codec.ts';

/** What a thread is told of a csv(): all but its schema, which may be anything. */
export type CsvPartSettings = Pick<CsvMaking, 'kind' | 'separator' | 'settings' | 'isPlain'>;

/** Reads parts of a file as columns, in a thread. */
export function openPart({ kind, settings, separator, isPlain = false }: CsvPartSettings, opening: BlockOpening): PartReader<never> {
  return new CsvReader(dialectOf(kind, settings, separator), opening, isPlain);
}
