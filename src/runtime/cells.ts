import type { KeyTable } from '../core/chunk.ts';
import type { Cell } from '../core/operator.ts';
import type { Capture, CellsSpec } from '../core/state.ts';
import { CellBytes } from './cell-bytes.ts';
import { KeyedStates } from './keyed-states.ts';

/** State that a barrier captures and a restore fills again. */
export interface Captured {
  /** Synchronous: copies or marks. */
  capture(operator: string): Capture;
  restore(codec: string, bytes: Uint8Array): void;
}

/** The cell of an operator that keeps one state for everybody. */
export class OneCell<S> implements Cell<S>, Captured {
  readonly #bytes: CellBytes<S>;
  #state: S | undefined;
  /** Of captures that are not written yet: encoded before the next touch. */
  readonly #marks: Mark[] = [];

  constructor(spec: CellsSpec<S> = UNNAMED) {
    this.#bytes = new CellBytes(spec);
  }

  get(): S | undefined {
    if (this.#marks.length > 0) this.#encodeMarked();
    return this.#state;
  }
  set(state: S): void {
    if (this.#marks.length > 0) this.#encodeMarked();
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
        mark.bytes ??= this.#bytes.one(this.#state as S);
        drop();
        await to.section({ operator, cell: this.#bytes.name, scope: { kind: 'one' }, codec: CellBytes.codec }, mark.bytes);
      },
      drop,
    };
  }

  restore(codec: string, bytes: Uint8Array): void {
    this.#bytes.check(codec);
    this.#state = this.#bytes.readOne(bytes);
  }

  #encodeMarked(): void {
    const bytes = this.#bytes.one(this.#state as S);
    for (const mark of this.#marks.splice(0)) mark.bytes = bytes;
  }
}

interface Mark {
  bytes: Uint8Array | undefined;
}

/** One state per key, by the small id that `keyBy` gave it: an array access instead of a hash. */
export class KeyedCells<S> implements Cell<S>, Captured {
  readonly states: KeyedStates<S>;
  #at = 0;

  constructor(table: KeyTable, spec: CellsSpec<S> = UNNAMED) {
    this.states = new KeyedStates(spec, table);
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
  restore(codec: string, bytes: Uint8Array): void {
    this.states.restore(codec, bytes);
  }
}

export type Cells = OneCell<unknown> | KeyedCells<unknown>;

const UNNAMED: { readonly name: string } = { name: 'cell' };
