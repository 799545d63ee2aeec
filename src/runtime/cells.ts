import type { Cell } from '../core/operator.ts';
import type { Capture, CellsSpec, CellTable } from '../core/state.ts';
import type { Clock } from '../core/world.ts';
import { CellBytes, type CellsPiece } from './cell-bytes.ts';
import type { RestoredPiece } from './flow-host.ts';
import type { RestoreOptions } from './restore-options.ts';

/** State that a barrier captures and a restore fills again. */
export interface Captured {
  /** Synchronous: copies or marks. */
  capture(operator: string): Capture;
  restore(piece: RestoredPiece): void;
}

/** States by key, in memory or on a disk. */
export interface HeldStates<S> extends CellTable<S> {
  capture(operator: string): Capture;
  restore(codec: string, bytes: Uint8Array, options?: RestoreOptions): void;
}

/** The cell of an operator that keeps one state for everybody. */
export class OneCell<S> implements Cell<S>, Captured {
  readonly #bytes: CellBytes<S>;
  #state: S | undefined;
  /** Of captures that are not written yet: encoded before the next touch. */
  readonly #marks: Mark[] = [];
  readonly #keepMs: number | undefined;
  readonly #clock: Pick<Clock, 'now'> | undefined;
  #touchedMs = 0;

  constructor(spec: CellsSpec<S> = UNNAMED, clock?: Pick<Clock, 'now'>) {
    this.#bytes = new CellBytes(spec);
    this.#keepMs = spec.keepMs;
    this.#clock = clock;
  }

  get(): S | undefined {
    this.#forget();
    if (this.#marks.length > 0) this.#encodeMarked();
    this.#touch();
    return this.#state;
  }
  set(state: S): void {
    if (this.#marks.length > 0) this.#encodeMarked();
    this.#touch();
    this.#state = state;
  }
  clear(): void {
    if (this.#marks.length > 0) this.#encodeMarked();
    this.#state = undefined;
  }
  /** Unkeyed: every record finds the same cell. */
  at(_keyId: number): void {}
  get count(): number {
    return this.#state === undefined ? 0 : 1;
  }

  capture(operator: string): Capture {
    this.#forget();
    const mark: Mark = { bytes: undefined };
    const isEmpty = this.#state === undefined;
    if (!isEmpty) this.#marks.push(mark);
    const drop = (): void => {
      const at = this.#marks.indexOf(mark);
      if (at >= 0) this.#marks.splice(at, 1);
    };
    return {
      write: async (to) => {
        if (isEmpty) return;
        mark.bytes ??= this.#bytes.one(this.#state as S, this.#touchedMs);
        drop();
        const { name: cell, codec, version } = this.#bytes;
        await to.section({ operator, cell, scope: { kind: 'one' }, codec, ...version }, mark.bytes);
      },
      drop,
    };
  }

  restore(piece: CellsPiece): void {
    const { state, touchedMs } = this.#bytes.readOne(piece);
    this.#state = state;
    this.#touch(touchedMs);
    this.#forget();
  }

  #touch(ms?: number): void {
    if (this.#keepMs !== undefined) this.#touchedMs = ms ?? this.#clock!.now();
  }

  #forget(): void {
    if (this.#keepMs !== undefined && this.#state !== undefined && this.#touchedMs <= this.#clock!.now() - this.#keepMs) this.clear();
  }

  #encodeMarked(): void {
    const bytes = this.#bytes.one(this.#state as S, this.#touchedMs);
    for (const mark of this.#marks.splice(0)) mark.bytes = bytes;
  }
}

interface Mark {
  bytes: Uint8Array | undefined;
}

/** One state per key, by the small id that `keyBy` gave it: an array access instead of a hash. */
export class KeyedCells<S> implements Cell<S>, Captured {
  readonly states: HeldStates<S>;
  #at = 0;

  constructor(states: HeldStates<S>) {
    this.states = states;
  }

  /** Chooses the cell that the next calls mean. */
  at(keyId: number): void {
    this.#at = keyId;
  }
  get(): S | undefined {
    return this.states.get(this.#at);
  }
  set(state: S): void {
    this.states.set(this.#at, state);
  }
  clear(): void {
    this.states.delete(this.#at);
  }
  get count(): number {
    return this.states.count;
  }
  capture(operator: string): Capture {
    return this.states.capture(operator);
  }
  restore({ codec, bytes, version, scope }: RestoredPiece): void {
    this.states.restore(codec, bytes, { version, group: scope.kind === 'group' ? scope.group : undefined });
  }
}

export type Cells = OneCell<unknown> | KeyedCells<unknown>;

const UNNAMED: { readonly name: string } = { name: 'cell' };
