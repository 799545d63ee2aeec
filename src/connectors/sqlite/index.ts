export type { SqliteCursor, SqliteRow, SqliteSinkOptions, SqliteSourceOptions, SqliteValue } from './options.ts';
export { sqliteSink } from './sink.ts';
export { sqliteSource } from './source.ts';
