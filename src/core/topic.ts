import type { Chunk, Headers } from './chunk.ts';
import type { Reader, Resume } from './source.ts';
import type { SinkContext, Writer } from './sink.ts';
import type { World } from './world.ts';

/** What a topic is, as a runtime needs to know it: a named durable log that the runtime keeps. */
export interface TopicSpec {
  readonly name: string;
  /** Into how many partitions it is divided when it is made. */
  readonly partitions: number;
  readonly keep: { readonly forMs: number; readonly bytes: number };
  /** When what a pipeline with checkpoints writes can be read: with the commit of its checkpoint, or as it is written. */
  readonly visible: 'atCommit' | 'atOnce';
}

/** A record on its way into a topic. */
export interface TopicRow {
  /** Canonical bytes: records of one key keep their order. */
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array;
  readonly headers: Headers | undefined;
  /** Event time in milliseconds, NaN for none. */
  readonly time: number;
}

/** Makes rows of chunks. */
export interface TopicRows {
  /** Gives row after row to `take`. A value that has no bytes is named by its place in an error; those before it were taken. */
  each(chunk: Chunk<never>, take: (row: TopicRow) => void): void;
}

/** The topics of a runtime: files here, a broker elsewhere. Given to sources and sinks in their context. */
export interface TopicStore {
  /** Makes the topic if it is not there; answers its partitions, which may be others than the description says. */
  partitions(topic: TopicSpec): Promise<readonly number[]>;
  /**
   * Reads bodies, from a position or from an end. At the end of the log it waits for more, except for once after
   * everything there was: that empty answer says that the end was reached.
   */
  reader(topic: TopicSpec, partition: number, from: Resume, world: World): Promise<Reader<never>>;
  writer(topic: TopicSpec, context: SinkContext, rows: TopicRows): Promise<Writer<never>>;
}
