import { broken, type Spot, unsupported } from './errors.ts';
import { THRIFT, ThriftReader } from './thrift.ts';

const COMPRESSIONS = ['none', 'snappy', 'gzip', 'lzo', 'brotli', 'lz4', 'zstd', 'lz4-raw'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Where the pages of one column of one row group stand. */
export interface ColumnChunk {
  readonly begin: number;
  readonly end: number;
  readonly compression: Compression;
  /** Entries, which are rows where nothing is repeated. */
  readonly entries: number;
  readonly bounds: Bounds | undefined;
}

/** The least and the greatest value as the writer saw them; either may lie further out than any value. */
export interface Bounds {
  readonly least: Uint8Array | undefined;
  readonly greatest: Uint8Array | undefined;
  /** From the fields whose order was left open once: good for signed numbers alone. */
  readonly isOld: boolean;
}

export interface RowGroup {
  readonly firstRow: number;
  readonly rows: number;
  /** By the index of the leaf; only those asked for. */
  readonly chunks: ReadonlyMap<number, ColumnChunk>;
}

export interface GroupsWanted {
  /** How many columns a row group has. */
  readonly leaves: number;
  readonly rows: number;
  readonly wanted: ReadonlySet<number>;
  /** Where the footer begins: pages end before it. */
  readonly footerAt: number;
}

/** The row groups of a footer; of their columns only those asked for. */
export function readGroups(footer: Uint8Array, spot: Spot, wish: GroupsWanted): readonly RowGroup[] {
  const reader = new ThriftReader(footer, spot);
  const groups: RowGroup[] = [];
  let firstRow = 0;
  reader.struct((id, type) => {
    if (id !== 4) return false;
    const count = reader.list(type, THRIFT.struct);
    for (let i = 0; i < count; i++) {
      const group = readGroup(reader, spot, wish, firstRow);
      firstRow += group.rows;
      groups.push(group);
    }
    return true;
  });
  if (firstRow !== wish.rows) throw broken(spot, `it says it has ${wish.rows} rows, and its row groups have ${firstRow}`);
  return groups;
}

function readGroup(reader: ThriftReader, spot: Spot, wish: GroupsWanted, firstRow: number): RowGroup {
  const chunks = new Map<number, ColumnChunk>();
  let rows = -1;
  let columns = -1;
  reader.struct((id, type) => {
    if (id === 1) {
      columns = reader.list(type, THRIFT.struct);
      for (let i = 0; i < columns; i++) {
        if (wish.wanted.has(i)) chunks.set(i, readChunk(reader, spot));
        else reader.struct(() => false);
      }
    } else if (id === 3) rows = reader.number(type);
    else return false;
    return true;
  });
  if (rows < 0) throw broken(spot, 'a row group has no number of rows');
  if (columns !== wish.leaves) throw broken(spot, `a row group has ${Math.max(columns, 0)} columns, and the schema has ${wish.leaves}`);
  // A group without rows is read by nobody, and some writers say of its columns that they stand nowhere.
  if (rows > 0) for (const { begin, end } of chunks.values()) checkPlace(begin, end, spot, wish.footerAt);
  return { firstRow, rows, chunks };
}

function checkPlace(begin: number, end: number, spot: Spot, footerAt: number): void {
  if (begin < 4 || end < begin || end > footerAt)
    throw broken(spot, `a column stands at the bytes ${begin} to ${end}, and pages at 4 to ${footerAt}`);
}

function readChunk(reader: ThriftReader, spot: Spot): ColumnChunk {
  let compression: Compression | undefined;
  let [entries, bytes, pagesAt, dictionaryAt] = [-1, -1, -1, -1];
  let bounds: Bounds | undefined;
  let isElsewhere = false;
  let isEncrypted = false;
  reader.struct((outer, type) => {
    if (outer === 1) isElsewhere = reader.binary(type).length > 0;
    else if (outer === 3) {
      reader.struct((id, inner) => {
        if (id === 4) compression = COMPRESSIONS[reader.number(inner)];
        else if (id === 5) entries = reader.number(inner);
        else if (id === 7) bytes = reader.number(inner);
        else if (id === 9) pagesAt = reader.number(inner);
        else if (id === 11) dictionaryAt = reader.number(inner);
        else if (id === 12) bounds = readBounds(reader);
        else return false;
        return true;
      });
    } else {
      if (outer === 8) isEncrypted = true;
      return false;
    }
    return true;
  });
  if (isElsewhere) throw unsupported(spot, 'a column stands in another file');
  if (isEncrypted) throw unsupported(spot, 'a column is encrypted');
  // Some writers say 0 where there is no dictionary, some do not say where it stands.
  const begin = dictionaryAt > 0 ? Math.min(dictionaryAt, pagesAt) : pagesAt;
  if (compression === undefined || entries < 0) throw broken(spot, 'a column says neither how it is compressed nor how long it is');
  return { begin, end: begin + bytes, compression, entries, bounds };
}

function readBounds(reader: ThriftReader): Bounds {
  let [oldLeast, oldGreatest, least, greatest]: (Uint8Array | undefined)[] = [];
  reader.struct((id, type) => {
    if (id === 1) oldGreatest = Uint8Array.from(reader.binary(type));
    else if (id === 2) oldLeast = Uint8Array.from(reader.binary(type));
    else if (id === 5) greatest = Uint8Array.from(reader.binary(type));
    else if (id === 6) least = Uint8Array.from(reader.binary(type));
    else return false;
    return true;
  });
  if (least !== undefined || greatest !== undefined) return { least, greatest, isOld: false };
  return { least: oldLeast, greatest: oldGreatest, isOld: true };
}
