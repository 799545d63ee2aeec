import { stat } from 'node:fs/promises';

/** What SQLite takes and gives. */
export type Cell = string | number | bigint | Uint8Array | null;

/** The part of a `DatabaseSync` that we call. */
export interface Database {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...cells: Cell[]): unknown;
  get(...cells: Cell[]): unknown;
  all(...cells: Cell[]): unknown[];
  iterate(named: Record<string, Cell>): Iterable<unknown>;
  iterate(...cells: Cell[]): Iterable<unknown>;
  setReadBigInts(enabled: boolean): void;
  setReturnArrays(enabled: boolean): void;
}

/** Other connections are waited for outside of SQLite: its own wait would stop the whole process. */
export async function connect(path: string, { readOnly }: { readonly readOnly: boolean }): Promise<Database> {
  const { DatabaseSync } = await import('node:sqlite');
  return new DatabaseSync(path, { readOnly, timeout: 0 }) as Database;
}

export interface PrivateDatabases {
  /**
   * For rows that wait. SQLite keeps 2 MiB of it in memory and the rest in a file without a name in the folder of
   * temporary files, which is gone with the process, however it ends. After an error it must not be used any more:
   * without a journal nothing can be taken back.
   */
  onDisk(): Database;
  inMemory(): Database;
}

/** Databases that nobody else sees. */
export async function privateDatabases(): Promise<PrivateDatabases> {
  const { DatabaseSync } = await import('node:sqlite');
  return {
    onDisk() {
      const database = new DatabaseSync('') as Database;
      database.exec('pragma temp_store = file; pragma journal_mode = off; pragma synchronous = off');
      return database;
    },
    inMemory: () => new DatabaseSync(':memory:', { enableForeignKeyConstraints: false }) as Database,
  };
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOENT') return false;
    throw error;
  }
}
