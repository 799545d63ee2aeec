/** A name as SQL, whatever stands in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export interface TableNames {
  readonly table: string;
  readonly columns: readonly string[];
  /** Empty where rows have no key. */
  readonly key: readonly string[];
}

const list = (names: readonly string[]): string => names.map(quoted).join(', ');
const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

/** Takes a cell for each column. */
export function insertSql({ table, columns, key }: TableNames): string {
  const insert = `insert into main.${quoted(table)} (${list(columns)}) values (${marks(columns.length)})`;
  if (key.length === 0) return insert;
  const others = columns.filter((column) => !key.includes(column));
  const update = others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
  return `${insert} on conflict (${list(key)}) do ${update === '' ? 'nothing' : `update set ${update}`}`;
}

/** Takes a cell for each column of the key. */
export function deleteSql({ table, key }: TableNames): string {
  return `delete from main.${quoted(table)} where ${key.map((column) => `${quoted(column)} = ?`).join(' and ')}`;
}

/** Reads on behind `:after`, or from the beginning. Rows without a cursor have no place in any order. */
export function pageSql(
  table: string,
  { cursor, columns, isFirst }: { readonly cursor: string; readonly columns: readonly string[] | undefined; readonly isFirst: boolean },
): string {
  const by = `${quoted(cursor)} collate binary`;
  const where = isFirst ? `${quoted(cursor)} is not null` : `${by} > :after`;
  return `select ${columns === undefined ? '*' : list(columns)} from main.${quoted(table)} where ${where} order by ${by} limit :limit`;
}
