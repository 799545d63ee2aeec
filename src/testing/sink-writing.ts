import { realWorld } from '../base/real-world.ts';
import { Chunk, type Origin } from '../core/chunk.ts';
import type { Sink, SinkContext, Writer } from '../core/sink.ts';
import type { World } from '../core/world.ts';

/** A sink to check, and how to see what it did. */
export interface SinkCase<T> {
  readonly sink: Sink<T>;
  /** What is written to it. A dozen or more show most. */
  readonly values: readonly T[];
  /** What has arrived where the sink writes to, in order. */
  seen(): readonly T[] | Promise<readonly T[]>;
  /** What lies about of writes that were never committed, where one can look: temporary files, open uploads. */
  leftovers?(): readonly unknown[] | Promise<readonly unknown[]>;
  /** What it is opened in; the real world by default. */
  readonly world?: World;
  dispose?(): void | Promise<void>;
}

export interface StuckSinkCase<T> extends SinkCase<T> {
  /** From now on the system takes what comes. */
  release(): void | Promise<void>;
}

export interface OpenedSink<T> {
  readonly writer: Writer<T>;
  readonly run: AbortController;
}

export async function openSink<T>(
  made: SinkCase<T>,
  told: Partial<Pick<SinkContext, 'committed' | 'index' | 'checkpoints'>> = {},
): Promise<OpenedSink<T>> {
  const run = new AbortController();
  const world = made.world ?? realWorld();
  return {
    writer: await made.sink.open({ world, signal: run.signal, pipeline: 'kit', sink: made.sink.id, index: 0, committed: [], ...told }),
    run,
  };
}

const NOWHERE: Origin = {
  source: 'kit',
  partition: '0',
  positionAt: String,
  idAt: (row) => `kit/0/${row}`,
  timeAt: () => Number.NaN,
  headersAt: () => undefined,
};

export function chunkOf<T>(values: readonly T[]): Chunk<T> {
  return new Chunk<T>([...values], NOWHERE);
}

/** Writes all values in chunks of a size. */
export async function writeAll<T>(writer: Writer<T>, values: readonly T[], size: number): Promise<void> {
  for (let from = 0; from < values.length; from += size) await writer.write(chunkOf(values.slice(from, from + size)));
}
