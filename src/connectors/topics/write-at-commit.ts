import { HeadraceError } from '../../core/error.ts';
import type { Token, Writer } from '../../core/sink.ts';
import type { StagedToken, StagedWriter } from '../../log/staged-writer.ts';
import { Partitioned } from './partitioned.ts';
import type { TopicWriting } from './write-at-once.ts';

/** By partition. */
type Staged = readonly (readonly [partition: number, token: StagedToken])[];

/** More transactions of one sink than this never stand between two commits. */
const BETWEEN_COMMITS = 4096;

/**
 * What is written for a checkpoint lies beside the log and gets into it with the commit, at once for whoever reads.
 *
 * Invariant: a transaction's number was never that of one in the log. It is made of the end of the log, which moves
 * with every commit, and of a count for those that are begun before it does; checkpoint numbers would not do, since a
 * run that goes on from an older checkpoint gives them again.
 */
export async function openAtCommit({ log, writers, rows, context }: TopicWriting): Promise<Writer<never>> {
  const { pipeline, sink, index, committed } = context;
  const by = `${pipeline}/${sink}/${index}`;
  const partitioned = new Partitioned(log, rows);
  let staged = new Map<number, StagedWriter>();
  let count = 0;

  const commit = async (tokens: readonly Token[]): Promise<void> => {
    for (const token of tokens) await Promise.all(tokenOf(token, sink).map(([partition, part]) => writerOf(partition, sink).commit(part)));
  };

  const writerOf = (partition: number, where: string): (typeof writers)[number]['writer'] => {
    const shared = writers[partition];
    if (shared === undefined) throw unknownToken(where, `the topic has ${writers.length} partitions and it names number ${partition}`);
    return shared.writer;
  };

  const stagedOf = (partition: number): StagedWriter => {
    const known = staged.get(partition);
    if (known !== undefined) return known;
    const { writer } = writers[partition]!;
    const made = writer.stage(by, writer.end * BETWEEN_COMMITS + (count++ % BETWEEN_COMMITS));
    staged.set(partition, made);
    return made;
  };

  await commit(committed);
  await Promise.all(writers.map(({ writer }) => writer.discardStaged(by)));

  return {
    async write(chunk) {
      const { rows: byPartition, failure } = partitioned.of(chunk);
      await Promise.all(
        byPartition.map(async (some, partition) => {
          if (some.length > 0) await stagedOf(partition).write(some);
        }),
      );
      if (failure !== undefined) throw failure;
    },
    async prepare() {
      const done = staged;
      staged = new Map();
      const sealed = await Promise.all([...done].map(async ([partition, part]) => [partition, await part.seal()] as const));
      return JSON.stringify(sealed satisfies Staged);
    },
    commit,
    async close() {
      try {
        await Promise.all([...staged.values()].map((part) => part.discard()));
      } finally {
        await Promise.all(writers.map((writer) => writer.release()));
      }
    },
  };
}

function tokenOf(token: Token, sink: string): Staged {
  try {
    const parts: unknown = JSON.parse(token);
    if (Array.isArray(parts) && parts.every((part) => Array.isArray(part) && typeof part[0] === 'number'))
      return parts as unknown as Staged;
  } catch {
    // Told below.
  }
  throw unknownToken(sink, 'it is none of ours');
}

function unknownToken(where: string, why: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_TOKEN_UNKNOWN',
    what: `the checkpoint holds a token that cannot be committed: ${why}`,
    where,
    todo: 'The sink of this name was another when the checkpoint was taken. Give the new one another name, or begin in a new folder.',
  });
}
