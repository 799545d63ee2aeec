import type { Chunk } from '../../core/chunk.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { Writer } from '../../core/sink.ts';
import type { Database } from './client.ts';
import { explain, isOfRow, messageOf, refused } from './errors.ts';
import { type Patience, patiently } from './patience.ts';
import type { RowShape, ShapedRow } from './row-shape.ts';
import { rollBack } from './row-writer.ts';

export interface DirectWriting<T> {
  readonly database: Database;
  readonly shape: RowShape<T>;
  readonly put: (row: ShapedRow) => void;
  readonly patience: Patience;
}

/** Without checkpoints: a transaction a chunk, whose rows are seen at once. */
export function directWriter<T>({ database, shape, put, patience }: DirectWriting<T>): Writer<T> {
  /** Answers the error of a row that is to be set aside; those before it are in the transaction. */
  function putAll({ values }: Chunk<T>): Error | undefined {
    for (let i = 0; i < values.length; i++) {
      try {
        put(shape.shaped(values[i]!, i));
      } catch (error) {
        if (isHeadraceError(error)) return error;
        // A rule declared with ON CONFLICT ROLLBACK takes the rows before it along.
        if (!isOfRow(error) || !database.isTransaction) throw error;
        return refused(patience.id, messageOf(error), i, error);
      }
    }
    return undefined;
  }

  function write(chunk: Chunk<T>): void | Promise<void> {
    let refusal: Error | undefined;
    let committed: void | Promise<void>;
    try {
      refusal = putAll(chunk);
      committed = patiently(patience, () => database.exec('commit'));
    } catch (error) {
      rollBack(database);
      throw explain(error, patience.id);
    }
    if (committed instanceof Promise) return committed.then(() => tell(refusal), giveUp);
    tell(refusal);
  }

  function giveUp(error: unknown): never {
    rollBack(database);
    throw error;
  }

  return {
    write(chunk) {
      if (chunk.values.length === 0) return;
      // The lock is taken first: a transaction that reads before it writes may find that it came too late for that.
      const begun = patiently(patience, () => database.exec('begin immediate'));
      return begun instanceof Promise ? begun.then(() => write(chunk)) : write(chunk);
    },
    close: () => database.close(),
  };
}

function tell(refusal: Error | undefined): void {
  if (refusal !== undefined) throw refusal;
}
