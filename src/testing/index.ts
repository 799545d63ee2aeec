export { type CodecCase, type CodecKit, testCodec } from './codec-kit.ts';
export type { Test } from './kit.ts';
export { type SinkKit, testSink } from './sink-kit.ts';
export type { SinkCase, StuckSinkCase } from './sink-writing.ts';
export { type SourceKit, testSource } from './source-kit.ts';
export type { SourceCase } from './source-reading.ts';
