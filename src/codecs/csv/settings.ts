import type { StandardSchema } from '../../core/schema.ts';
import type { Bytes } from '../../core/units.ts';
import type { ColumnWishes } from '../column-kinds.ts';

/** What csv() and tsv() are told. */
export interface CsvSettings<C extends ColumnWishes | undefined> {
  /** The columns that are read and written, and what each is. Without them every column is read, as a string. */
  readonly columns?: C;
  /**
   * true, the default: the first line names the columns, and they are found by name. An array: there is no such line,
   * and these are the names of all columns in order. false: there is none, and `columns` are all columns in order, or
   * say where they stand by `from: '3'`, counted from 1.
   */
  readonly header?: boolean | readonly string[];
  /** What stands between two places: ',' in csv(), a tab in tsv(). One character of ASCII. */
  readonly separator?: string;
  /** What may stand around a place, '"' by default; false where quotes mean nothing. */
  readonly quote?: string | false;
  /** Lines that begin with this character are passed over; by default there are none. */
  readonly comment?: string;
  /** What stands for nothing in a column that may be empty, [''] by default. The first is what is written. */
  readonly nulls?: readonly string[];
  /** Rows with too few or too many places: 'refuse' (the default), 'pad' what is missing as empty, 'cut' what is too much. */
  readonly ragged?: 'refuse' | 'pad' | 'cut';
  /**
   * Whether spaces and tabs around a place are no part of it, nor those around its quotes; false by default. What stands
   * between quotes keeps its own.
   */
  readonly trim?: boolean;
  /** What stands before the fraction of a number: '.' (the default) or ','. */
  readonly decimal?: '.' | ',';
  /**
   * What may stand between groups of three digits in front of the fraction of numbers and whole numbers: ',' in 1,234,567.5,
   * '.' beside decimal: ','. By default nothing. Groups of another length are refused, and digits without groups are not.
   */
  readonly thousands?: ',' | '.' | "'" | ' ' | '_';
  /** Bytes that are no UTF-8: 'refuse' the record (the default), or 'replace' each by U+FFFD. */
  readonly utf8?: 'refuse' | 'replace';
  /** How many different strings a column may number, and of how many bytes; beyond them it is read as plain strings. */
  readonly dictionary?: { readonly entries?: number; readonly bytes?: Bytes };
}

/** The same with a schema (any validator that speaks Standard Schema) that checks each row read and names its type. */
export interface CsvSchemaSettings<T, C extends ColumnWishes | undefined> extends CsvSettings<C> {
  readonly schema: StandardSchema<T>;
}
