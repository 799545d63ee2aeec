import { realScheduler } from '../base/scheduler.ts';
import type { Key } from '../core/keys.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';

/** What a sink had of one record. */
export interface Row {
  readonly id: string;
  readonly key: Key | undefined;
  readonly text: string;
}

/** The system behind the sinks of a case: it survives the runs that write to it, and knows what was committed. */
export class Outside {
  readonly committed: Map<string, Row[]> = new Map();
  /** How many records of each partition are there to read; the others come when this is raised. */
  available: number = Number.POSITIVE_INFINITY;
  readonly #prepared = new Map<string, { readonly sink: string; readonly checkpoint: number; readonly rows: readonly Row[] }>();
  #tokens = 0;

  prepare(sink: string, checkpoint: number, rows: readonly Row[]): string {
    const token = `${sink} ${checkpoint} ${++this.#tokens}`;
    this.#prepared.set(token, { sink, checkpoint, rows });
    return token;
  }

  /** A second commit of a token changes nothing. */
  commit(token: string): void {
    const prepared = this.#prepared.get(token);
    this.#prepared.delete(token);
    if (prepared !== undefined) this.show(prepared.sink, prepared.rows);
  }

  /** What an earlier life prepared and nobody has committed. */
  forget(sink: string): void {
    for (const [token, prepared] of this.#prepared) if (prepared.sink === sink) this.#prepared.delete(token);
  }

  show(sink: string, rows: readonly Row[]): void {
    this.committed.set(sink, [...(this.committed.get(sink) ?? []), ...rows]);
  }

  /** How many prepared parts of checkpoints up to this one wait for their commit. */
  waitingFor(checkpoint: number): number {
    return [...this.#prepared.values()].filter((prepared) => prepared.checkpoint <= checkpoint).length;
  }
}

/** A sink of two phases. */
export function rowsTo(outside: Outside, name: string): Sink<unknown> {
  return {
    kind: 'rows',
    id: name,
    delivery: 'twoPhase',
    open({ committed, checkpoints }) {
      for (const token of committed) outside.commit(token);
      outside.forget(name);
      let rows: Row[] = [];
      return {
        write(chunk) {
          for (const [i, value] of chunk.values.entries()) {
            const { id, key } = new OwnRecord(chunk, i);
            rows.push({ id, key: key as Key | undefined, text: JSON.stringify(value) });
          }
        },
        prepare(checkpoint) {
          const token = outside.prepare(name, checkpoint, rows);
          rows = [];
          return token;
        },
        commit(tokens) {
          for (const token of tokens) outside.commit(token);
        },
        close(error) {
          if (error === undefined && checkpoints !== true) outside.show(name, rows);
        },
      };
    },
  };
}

/** What the source of a case brings. */
export interface Item {
  readonly n: number;
  readonly from: string;
}

/** How many records each partition has. */
export const PER_PARTITION = 60;
const PER_READ = 8;

/** Whole numbers in two partitions, read again from anywhere; each read waits a turn, and until there is something. */
export function items(outside: Outside): Source<Item> {
  return {
    kind: 'items',
    id: 'items',
    replay: true,
    partitions: () => ['a', 'b'],
    open(partition, resume) {
      let at = typeof resume === 'number' ? resume : 0;
      return {
        async read(limit, signal) {
          do await turn();
          while (at >= outside.available && !signal.aborted);
          const first = at;
          at = Math.min(PER_PARTITION, Math.max(at, outside.available), at + Math.min(limit, PER_READ));
          const values = Array.from({ length: at - first }, (_, i) => ({
            n: (first + i) * (partition === 'a' ? 3 : 5),
            from: String(partition),
          }));
          return { values, positions: { first }, resume: at, end: at === PER_PARTITION };
        },
        close() {},
      };
    },
  };
}

export function turn(): Promise<void> {
  return new Promise((go) => realScheduler().soon(go));
}
