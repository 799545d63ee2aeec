import type { CommittedAt } from '../../core/sink.ts';
import type { Database } from './client.ts';

/**
 * One line for each sink of a pipeline: which checkpoint the database has, and who may add to it.
 *
 * Invariant: the line changes in the transaction that writes the rows of the checkpoint, so the two never disagree.
 * Each start takes the next epoch, and a commit of an older one is refused: a process that was thought dead, or a
 * second run on another state folder, cannot write between the checkpoints of its successor.
 */
export class CommitsTable {
  readonly #database: Database;
  readonly #pipeline: string;
  readonly #sink: string;

  constructor(database: Database, { pipeline, sink }: { readonly pipeline: string; readonly sink: string }) {
    this.#database = database;
    this.#pipeline = pipeline;
    this.#sink = sink;
  }

  /** Undefined where there is no line, or no table. */
  read(): { readonly epoch: number; readonly checkpoint: number | undefined } | undefined {
    const hasTable = this.#database.prepare("select 1 from main.sqlite_schema where type = 'table' and name = 'headrace_commits'").get();
    if (hasTable === undefined) return undefined;
    const line = this.#database
      .prepare('select epoch, "checkpoint" from main.headrace_commits where pipeline = ? and sink = ?')
      .get(this.#pipeline, this.#sink) as { readonly epoch: number; readonly checkpoint: number | null } | undefined;
    return line && { epoch: line.epoch, checkpoint: line.checkpoint ?? undefined };
  }

  /** Answers the new epoch. */
  takeEpoch(): number {
    this.#database.exec(`create table if not exists main.headrace_commits (
      pipeline text not null, sink text not null, epoch integer not null, "checkpoint" integer, positions text,
      primary key (pipeline, sink)
    ) without rowid`);
    const line = this.#database
      .prepare(
        `insert into main.headrace_commits (pipeline, sink, epoch) values (?, ?, 1)
         on conflict (pipeline, sink) do update set epoch = epoch + 1 returning epoch`,
      )
      .get(this.#pipeline, this.#sink) as { readonly epoch: number };
    return line.epoch;
  }

  write(checkpoint: number, at: CommittedAt | undefined): void {
    this.#database
      .prepare('update main.headrace_commits set "checkpoint" = ?, positions = ? where pipeline = ? and sink = ?')
      .run(checkpoint, at === undefined ? null : JSON.stringify(at.positions), this.#pipeline, this.#sink);
  }
}
