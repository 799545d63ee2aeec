export { fileSink } from './file-sink.ts';
export type { FileSinkOptions, RollOptions } from './file-sink-options.ts';
export { folderOfTime, type Into } from './folders.ts';
export type { Compression } from './packing.ts';
export { fileSource } from './file-source.ts';
export type { ContentOptions, FileSourceOptions } from './source-options.ts';
export { stdin, type StdinOptions } from './stdin.ts';
