import { onAbort } from '../../base/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { CommittedAt, Token, Writer } from '../../core/sink.ts';
import type { PrivateDatabases } from './client.ts';
import type { CommitsTable } from './commits-table.ts';
import type { DirectWriting } from './direct-writer.ts';
import { ahead, closed, explain, foreignToken, isOfRow, lost, messageOf, refused, stagedFull, taken } from './errors.ts';
import { patiently } from './patience.ts';
import type { Proof } from './proof.ts';
import { rollBack } from './row-writer.ts';
import { StagedRows } from './staged-rows.ts';

export interface ArbiterWriting<T> extends DirectWriting<T> {
  readonly commits: CommitsTable;
  readonly epoch: number;
  /** The checkpoint the database has. */
  readonly decided: number | undefined;
  readonly proof: Proof;
  readonly privates: PrivateDatabases;
  readonly stagedBytes: number;
}

/** What one barrier has closed: absent rows mean that none came. */
interface Prepared {
  readonly checkpoint: number;
  readonly rows: StagedRows | undefined;
}

/** How long a commit may keep the loop before others get their turn. */
const SLICE_MS = 4;
/** Rows between two looks at the clock. */
const LOOK_EVERY = 32;

/**
 * Under checkpoints. Rows wait in a private database of their interval and go into the table at the commit, in one
 * transaction with the number of the checkpoint: the database decides whether a checkpoint counts. What was prepared
 * dies with the process, and a start goes on from the checkpoint the database has.
 */
export class ArbiterWriter<T> implements Writer<T> {
  readonly #of: ArbiterWriting<T>;
  #draft: StagedRows | undefined;
  #prepared: Prepared[] = [];
  #decided: number;
  #failure: unknown;
  #isClosed = false;
  /** One commit behind the other. */
  #turn: Promise<void> = Promise.resolve();
  /** Writes that wait for room. */
  readonly #waiting = new Set<() => void>();

  constructor(writing: ArbiterWriting<T>) {
    this.#of = writing;
    this.#decided = writing.decided ?? 0;
  }

  write(chunk: Chunk<T>): void | Promise<void> {
    if (chunk.values.length === 0) return;
    if (this.#hasRoom()) return this.#stage(chunk);
    return this.#stageLater(chunk);
  }

  prepare(checkpoint: number): Token {
    if (this.#failure !== undefined) throw this.#failure;
    if (checkpoint <= this.#decided) throw ahead(this.#of.patience.id, checkpoint, this.#decided);
    this.#prepared.push({ checkpoint, rows: this.#draft });
    this.#draft = undefined;
    return String(checkpoint);
  }

  commit(tokens: readonly Token[], at?: CommittedAt): Promise<void> {
    const checkpoint = Math.max(0, ...tokens.map((token) => checkpointOf(this.#of.patience.id, token)));
    const committed = this.#turn.then(() => this.#commit(checkpoint, at?.checkpoint === checkpoint ? at : undefined));
    this.#turn = committed.catch(() => {}); // Told to whoever asked for it.
    return committed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#turn;
    for (const { rows } of this.#prepared.splice(0)) rows?.close();
    this.#draft?.close();
    this.#of.proof.close();
    this.#of.database.close();
  }

  #hasRoom(): boolean {
    const { stagedBytes, patience } = this.#of;
    let bytes = this.#draft?.bytes ?? 0;
    for (const { rows } of this.#prepared) bytes += rows?.bytes ?? 0;
    if (bytes < stagedBytes) return true;
    // Nothing will make room: the barrier that would cut this interval stands behind this chunk.
    if (this.#prepared.length === 0) throw stagedFull(patience.id, stagedBytes);
    return false;
  }

  async #stageLater(chunk: Chunk<T>): Promise<void> {
    const { signal } = this.#of.patience;
    do {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          off();
          this.#waiting.delete(go);
          resolve();
        };
        this.#waiting.add(go);
        const off = onAbort(signal, () => {
          this.#waiting.delete(go);
          resolve();
        });
      });
      this.#stillHere();
    } while (!this.#hasRoom());
    this.#stage(chunk);
  }

  #stage({ values }: Chunk<T>): void {
    const { shape, proof, privates, patience } = this.#of;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const draft = (this.#draft ??= new StagedRows(privates.onDisk(), shape.columns.length));
      proof.round(() => {
        for (let i = 0; i < values.length; i++) {
          const row = shape.shaped(values[i]!, i);
          try {
            proof.try(row);
          } catch (error) {
            throw isOfRow(error) ? refused(patience.id, messageOf(error), i, error) : error;
          }
          draft.add(row);
        }
      });
    } catch (error) {
      if (!isHeadraceError(error)) this.#failure = explain(error, patience.id);
      throw explain(error, patience.id);
    }
  }

  async #commit(checkpoint: number, at: CommittedAt | undefined): Promise<void> {
    if (checkpoint <= this.#decided) return;
    const { database, commits, epoch, patience } = this.#of;
    this.#stillHere();
    await patiently(patience, () => database.exec('begin immediate'));
    try {
      const line = commits.read();
      if (line?.epoch !== epoch) throw taken(patience.id);
      // A commit whose answer was an error may have come through all the same.
      if ((line.checkpoint ?? 0) < checkpoint) {
        const due = this.#prepared.filter((one) => one.checkpoint <= checkpoint);
        if (due.at(-1)?.checkpoint !== checkpoint) throw lost(patience.id, checkpoint, line.checkpoint);
        for (const { rows } of due) if (rows !== undefined) await this.#putAll(rows);
        commits.write(checkpoint, at);
      }
      await patiently(patience, () => database.exec('commit'));
    } catch (error) {
      rollBack(database);
      throw explain(error, patience.id);
    }
    this.#decided = checkpoint;
    for (const { rows } of this.#prepared.filter((one) => one.checkpoint <= checkpoint)) rows?.close();
    this.#prepared = this.#prepared.filter((one) => one.checkpoint > checkpoint);
    this.#wake();
  }

  /** In slices: the loop goes on between them, and so does writing, which touches other databases. */
  async #putAll(staged: StagedRows): Promise<void> {
    const { put, patience } = this.#of;
    const { clock, scheduler } = patience.world;
    let sinceMs = clock.monotonic();
    let count = 0;
    for (const row of staged.rows()) {
      put(row);
      if (++count % LOOK_EVERY !== 0 || clock.monotonic() - sinceMs < SLICE_MS) continue;
      await new Promise<void>((resolve) => scheduler.soon(resolve));
      this.#stillHere();
      sinceMs = clock.monotonic();
    }
  }

  #stillHere(): void {
    this.#of.patience.signal.throwIfAborted();
    if (this.#isClosed) throw closed(this.#of.patience.id);
  }

  #wake(): void {
    for (const go of [...this.#waiting]) go();
  }
}

/** The number a token of ours is. */
export function checkpointOf(id: string, token: Token): number {
  const checkpoint = /^[1-9]\d*$/.test(token) ? Number(token) : Number.NaN;
  if (!Number.isSafeInteger(checkpoint)) throw foreignToken(id);
  return checkpoint;
}
