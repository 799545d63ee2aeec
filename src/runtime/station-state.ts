import type { KeyTable } from '../core/chunk.ts';
import type { Capture, CellsSpec, CellTable, PartitionTable, Scope } from '../core/state.ts';
import type { Clock } from '../core/world.ts';
import { CellBytes } from './cell-bytes.ts';
import type { RestoredPiece } from './flow-host.ts';
import { KeptWatermark } from './kept-watermark.ts';
import { KeyedStates } from './keyed-states.ts';

/** The state that the host keeps for one station, by key and by partition. */
export class StationState {
  readonly #operator: string;
  readonly #keys: KeyTable | undefined;
  readonly #restored: readonly RestoredPiece[];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kept: { capture(operator: string): Capture }[] = [];

  constructor(operator: string, keys: KeyTable | undefined, restored: readonly RestoredPiece[], clock: Pick<Clock, 'now'>) {
    this.#operator = operator;
    this.#clock = clock;
    this.#keys = keys;
    this.#restored = restored;
  }

  cells<S>(spec: CellsSpec<S>): CellTable<S> {
    const states = new KeyedStates<S>(spec, this.#keys, this.#clock);
    for (const { codec, bytes, scope, version } of this.#piecesOf(spec.name))
      states.restore(codec, bytes, scope.kind === 'group' ? { version, group: scope.group } : { version, hasKeys: false });
    this.#kept.push(states);
    return states;
  }

  partitions<S>(spec: CellsSpec<S>): PartitionTable<S> {
    const states = new PartitionStates<S>(spec);
    for (const piece of this.#piecesOf(spec.name)) if (piece.scope.kind === 'partition') states.restore(piece.scope.partition, piece);
    this.#kept.push(states);
    return states;
  }

  /** How far time had come there, for operators that work by it. */
  watermark(scope: Scope): KeptWatermark {
    const kept = new KeptWatermark(this.#restored, scope);
    this.#kept.push(kept);
    return kept;
  }

  captures(): readonly Capture[] {
    return this.#kept.map((states) => states.capture(this.#operator));
  }

  #piecesOf(name: string): readonly RestoredPiece[] {
    return this.#restored.filter((piece) => piece.cell === name);
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
