import type { Agenda, AgendaSpec } from '../core/agenda.ts';
import type { KeyTable } from '../core/chunk.ts';
import type { Finish } from '../core/station.ts';
import type { Capture, CellsSpec, CellTable, PartitionTable, Scope } from '../core/state.ts';
import type { Clock } from '../core/world.ts';
import { CellBytes } from './cell-bytes.ts';
import type { RestoredPiece } from './flow-host.ts';
import { KeptWatermark } from './kept-watermark.ts';
import { KeyedStates } from './keyed-states.ts';
import { PAGE_NUMBERS, pagesSpec, StoredAgenda } from './stored/stored-agenda.ts';
import { CHANGES } from './stored/stored-bytes.ts';
import type { StoredTables } from './stored/stored-tables.ts';

export interface StationStateOptions {
  readonly operator: string;
  readonly keys: KeyTable | undefined;
  readonly restored: readonly RestoredPiece[];
  readonly clock: Pick<Clock, 'now'>;
  /** Where state by key lies on a disk. */
  readonly stored?: StoredTables | undefined;
}

/** The state that the host keeps for one station, by key and by partition. */
export class StationState {
  readonly #options: StationStateOptions;
  readonly #kept: { capture(operator: string): Capture; letGo?(): void }[] = [];
  #watermark: KeptWatermark | undefined;

  constructor(options: StationStateOptions) {
    this.#options = options;
  }

  cells<S>(spec: CellsSpec<S>): CellTable<S> {
    const { operator, keys, clock, stored } = this.#options;
    const states =
      stored === undefined || keys === undefined || spec.mayBeStored !== true
        ? new KeyedStates<S>(spec, keys, clock)
        : stored.table(operator, spec, keys);
    for (const { codec, bytes, scope, version } of this.#piecesOf(spec.name)) {
      // What the store has is there already.
      if (codec === CHANGES) continue;
      states.restore(codec, bytes, scope.kind === 'group' ? { version, group: scope.group } : { version, hasKeys: false });
    }
    this.#kept.push(states);
    return states;
  }

  agenda(spec: AgendaSpec): Agenda | undefined {
    const { operator, keys, stored, restored } = this.#options;
    if (stored === undefined || keys === undefined) return undefined;
    const pages = stored.table(operator, pagesSpec(spec.name), PAGE_NUMBERS);
    const agenda = new StoredAgenda({ spec, keys, pages, pieces: restored });
    // In front of its pages: when it is captured it makes some.
    this.#kept.push(agenda, pages);
    return agenda;
  }

  partitions<S>(spec: CellsSpec<S>): PartitionTable<S> {
    const states = new PartitionStates<S>(spec);
    for (const piece of this.#piecesOf(spec.name)) if (piece.scope.kind === 'partition') states.restore(piece.scope.partition, piece);
    this.#kept.push(states);
    return states;
  }

  /** How far time had come there, for operators that work by it. */
  watermark(scope: Scope): KeptWatermark {
    const kept = new KeptWatermark(this.#options.restored, scope);
    this.#watermark = kept;
    this.#kept.push(kept);
    return kept;
  }

  /** `end`: nothing is left to go on with, but what is sent in again must not find time at its beginning. */
  capturesAt(how: Finish | undefined): readonly Capture[] {
    if (how === 'stop') return this.captures();
    if (how === undefined || this.#watermark === undefined) return [];
    this.#watermark.hear({ watermark: Number.POSITIVE_INFINITY });
    return [this.#watermark.capture(this.#options.operator)];
  }

  /** The end of the data: nobody will go on with any of this. */
  letGo(): void {
    for (const states of this.#kept) states.letGo?.();
  }

  captures(): readonly Capture[] {
    return this.#kept.map((states) => states.capture(this.#options.operator));
  }

  #piecesOf(name: string): readonly RestoredPiece[] {
    return this.#options.restored.filter((piece) => piece.cell === name);
  }
}

/** State by partition: few and small, so a barrier encodes them at once. */
class PartitionStates<S> implements PartitionTable<S> {
  readonly #bytes: CellBytes<S>;
  readonly #states = new Map<string, S>();

  constructor(spec: CellsSpec<S>) {
    // Never by a codec of the user.
    this.#bytes = new CellBytes({ ...spec, codec: undefined });
  }

  get(partition: string): S | undefined {
    return this.#states.get(partition);
  }
  set(partition: string, state: S): void {
    this.#states.set(partition, state);
  }
  delete(partition: string): void {
    this.#states.delete(partition);
  }
  entries(): Iterable<readonly [string, S]> {
    return this.#states.entries();
  }

  restore(partition: string, piece: RestoredPiece): void {
    this.#states.set(partition, this.#bytes.readOne(piece).state);
  }

  capture(operator: string): Capture {
    const { name: cell, codec, version } = this.#bytes;
    const sections = [...this.#states].map(([partition, state]) => {
      const scope = { kind: 'partition', partition } as const;
      return { section: { operator, cell, scope, codec, ...version }, bytes: this.#bytes.one(state, 0) };
    });
    return {
      async write(to) {
        for (const { section, bytes } of sections) await to.section(section, bytes);
      },
      drop() {},
    };
  }
}
