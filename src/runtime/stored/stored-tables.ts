import type { KeyTable } from '../../core/chunk.ts';
import type { Capture, CellsSpec, Section } from '../../core/state.ts';
import type { Clock } from '../../core/world.ts';
import { STORE_NOTE } from '../../state/checkpoint-format.ts';
import type { Checkpoints } from '../../state/checkpoints.ts';
import type { StateChange, StateStore } from '../../state/store/state-store.ts';
import type { RunBudget } from '../budget.ts';
import { CleanStates } from './clean-states.ts';
import { changesIn } from './stored-bytes.ts';
import { type StoredHost, StoredStates } from './stored-states.ts';

/** What a checkpoint says of the store. */
export interface StoreNote {
  /** The folder of the store inside that of the pipeline. */
  readonly store: string;
  /** The stamp of the store when the checkpoint was written; the changes in it lead from there to its own number. */
  readonly before: number;
  /** The tables and their numbers; a number is never given twice. */
  readonly spaces: readonly (readonly [operator: string, cell: string, space: number])[];
  readonly nextSpace: number;
}

export const NOTE: Section = { operator: '@store', cell: 'store', scope: { kind: 'one' }, codec: STORE_NOTE };

export interface StoredTablesOptions {
  readonly store: StateStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly name: string;
  readonly spaces: StoreNote['spaces'];
  readonly nextSpace: number;
  /** How much may have changed before a checkpoint is asked for, and how much that is unchanged is kept in memory. */
  readonly overlayBytes: number;
  readonly cacheBytes: number;
}

/** All tables of a run whose state is on a disk. */
export class StoredTables implements StoredHost {
  readonly store: StateStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly clean: CleanStates;
  readonly #options: StoredTablesOptions;
  readonly #spaces = new Map<string, readonly [string, string, number]>();
  readonly #tables: StoredStates<unknown>[] = [];
  #nextSpace: number;
  #bytes = 0;
  #applying: Promise<void> = Promise.resolve();
  #run: StoredRun | undefined;
  #hasAsked = false;

  constructor(options: StoredTablesOptions) {
    this.#options = options;
    this.store = options.store;
    this.clock = options.clock;
    this.clean = new CleanStates(options.cacheBytes);
    this.#nextSpace = options.nextSpace;
    for (const space of options.spaces) this.#spaces.set(JSON.stringify(space.slice(0, 2)), space);
  }

  /** The run can be asked from here on. */
  begin(run: StoredRun): void {
    this.#run = run;
    run.held(this.#bytes);
    this.#look();
  }

  /** What has changed and is not in the store yet counts as held by the run, and calls for a checkpoint. */
  bind(budget: RunBudget, checkpoint: () => Promise<unknown>, goesOn: () => boolean): void {
    budget.isBlocked = () => this.isFull;
    this.begin({
      held: (bytes) => budget.add(bytes),
      full: async () => {
        // What goes wrong with it ends the run by itself.
        await checkpoint().catch(() => {});
        return goesOn();
      },
    });
  }

  /** So much has changed that sources should wait. */
  get isFull(): boolean {
    return this.#bytes > this.#options.overlayBytes * 2;
  }

  table<S>(operator: string, spec: CellsSpec<S>, keys: KeyTable): StoredStates<S> {
    const name = JSON.stringify([operator, spec.name]);
    const [, , space] = this.#spaces.get(name) ?? [operator, spec.name, this.#nextSpace++];
    this.#spaces.set(name, [operator, spec.name, space]);
    const states = new StoredStates<S>({ spec, keys, space }, this);
    this.#tables.push(states as unknown as StoredStates<unknown>);
    return states;
  }

  held(bytes: number): void {
    this.#bytes += bytes;
    this.#run?.held(bytes);
    if (bytes > 0) this.#look();
  }

  /** The same checkpoints, which bring the store along. */
  with(inner: Checkpoints, committed: () => Promise<void>): Checkpoints {
    return {
      ...inner,
      write: (n, content, captures) => inner.write(n, content, [...captures, this.#note()]),
      committed: async (n) => {
        this.#applying = this.#apply(n);
        await this.#applying;
        await committed();
        await inner.committed(n);
      },
      close: async () => {
        try {
          await this.#applying.catch(() => {});
          await this.store.close();
        } finally {
          await inner.close();
        }
      },
    };
  }

  #note(): Capture {
    return {
      write: async (to) => {
        const { name: store } = this.#options;
        const note: StoreNote = { store, before: this.store.stamp, spaces: [...this.#spaces.values()], nextSpace: this.#nextSpace };
        await to.section(NOTE, new TextEncoder().encode(JSON.stringify(note)));
      },
      drop() {},
    };
  }

  async #apply(n: number): Promise<void> {
    await this.store.apply(n, this.#changes());
    for (const table of this.#tables) table.applied();
    this.#look();
  }

  *#changes(): Iterable<StateChange> {
    for (const table of this.#tables) for (const section of table.written()) yield* changesIn(section);
  }

  /** While a checkpoint is under way the next is asked for when that one is in the store. */
  #look(): void {
    if (this.#bytes <= this.#options.overlayBytes || this.#hasAsked || this.#run === undefined) return;
    this.#hasAsked = true;
    const before = this.store.stamp;
    void this.#run.full().then((mayAgain) => {
      this.#hasAsked = false;
      // The one that was joined may have been on its way already, with less than there is by now. Where there was none,
      // since the last has been taken, asking again would be all that happens.
      if (mayAgain && this.store.stamp !== before) this.#look();
    });
  }
}

/** What the tables tell the run. */
export interface StoredRun {
  held(bytes: number): void;
  /** A checkpoint would free memory. Answers when one is committed: true where another may follow. */
  full(): Promise<boolean>;
}
