import type { Codec } from '../core/codec.ts';
import type { ColumnWishes, RowOf } from './column-kinds.ts';
import { csvCodec } from './csv/csv-codec.ts';
import type { CsvSchemaSettings, CsvSettings } from './csv/settings.ts';

/**
 * Comma-separated values by RFC 4180, read column by column: only the columns that are named are looked at, and each
 * becomes what it is said to be. A record with a place that is not that is refused with its line, its byte and the
 * column, and reading goes on. Without `columns` all of them are read, as strings.
 *
 * @example
 * ```ts
 * const prices = csv({ columns: { land: 'string', price: 'number?', at: { as: 'time', from: 'created' } } });
 * console.log(prices.decode(Buffer.from('CH,,2026-01-31T12:30Z'))); // { land: 'CH', price: null, at: 1769862600000 }
 * ```
 */
export function csv<T, const C extends ColumnWishes | undefined = undefined>(settings: CsvSchemaSettings<T, C>): Codec<T>;
export function csv(settings?: CsvSettings<undefined>): Codec<Readonly<Record<string, string>>>;
// Last, since the compiler tells a mistake by the last one: on the very word.
export function csv<const C extends ColumnWishes>(settings: CsvSettings<C> & { readonly columns: C }): Codec<RowOf<C>>;
export function csv(settings: CsvSettings<ColumnWishes | undefined> = {}): Codec<any> {
  return csvCodec({ kind: 'csv', separator: ',', settings });
}

/**
 * The same with tabs between the places.
 *
 * @example
 * ```ts
 * console.log(tsv({ columns: { id: 'integer', name: 'string' } }).decode(Buffer.from('7\tÅsa'))); // { id: 7, name: 'Åsa' }
 * ```
 */
export function tsv<T, const C extends ColumnWishes | undefined = undefined>(settings: CsvSchemaSettings<T, C>): Codec<T>;
export function tsv(settings?: CsvSettings<undefined>): Codec<Readonly<Record<string, string>>>;
export function tsv<const C extends ColumnWishes>(settings: CsvSettings<C> & { readonly columns: C }): Codec<RowOf<C>>;
export function tsv(settings: CsvSettings<ColumnWishes | undefined> = {}): Codec<any> {
  return csvCodec({ kind: 'tsv', separator: '\t', settings });
}
