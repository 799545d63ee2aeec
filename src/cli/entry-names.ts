/** What can be imported from where, beside the root: for the advice about a name that the root does not have. */
export const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  'headrace/buffers': ['bufferSink', 'bufferSource', 'fill'],
  'headrace/connectors/arrays': ['memmap', 'npy', 'raw'],
  'headrace/connectors/datasets': ['dataset'],
  'headrace/connectors/files': ['fileSink', 'fileSource', 'folderOfTime', 'stdin'],
  'headrace/connectors/parquet': ['parquet'],
  'headrace/connectors/sqlite': ['sqliteSink', 'sqliteSource'],
  'headrace/connectors/streams': ['fromNode', 'fromWeb', 'toNode', 'toWeb'],
  'headrace/runtimes/embedded': ['embedded', 'lmdbStore'],
  'headrace/testing': ['simulate', 'simulateMany', 'testCodec', 'testOperator', 'testRuntime', 'testSink', 'testSource', 'testStage'],
};

/** The entry that exports the name, as an import says it; undefined where none does. */
export const entryOf = (name: string): string | undefined => Object.keys(ENTRIES).find((entry) => ENTRIES[entry]!.includes(name));
