import { ValueWriter } from '../codecs/value.ts';
import type { KeyTable } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import type { Capture, CellsSpec, CellTable, SectionWriter } from '../core/state.ts';
import { CellBytes } from './cell-bytes.ts';

/**
 * States by key number. As long as all of them are numbers they lie in a typed array, which a barrier copies in a
 * tenth of a millisecond for 100,000 keys. Other states are marked: the barrier copies the references, and a state is
 * encoded before anybody touches it again, or when the capture is written, whichever comes first. So the pause is the
 * copying of an array, and what is written is what the barrier saw, although states are changed in place.
 */
export class KeyedStates<S> implements CellTable<S> {
  readonly #bytes: CellBytes<S>;
  readonly #table: KeyTable | undefined;
  /** At `keyId + 1`; the first is the state of records without a key. */
  #states: (S | undefined)[] = [];
  /** In place of `#states` while there were only numbers; `#has` tells 0 from nothing. */
  #numbers: Float64Array | undefined = new Float64Array(FIRST);
  #has: Uint8Array = new Uint8Array(FIRST);
  #end = 0;
  #count = 0;
  readonly #marks: Marked<S>[] = [];
  #spare: { readonly numbers: Float64Array; readonly has: Uint8Array } | undefined;

  constructor(spec: CellsSpec<S>, table: KeyTable | undefined) {
    this.#bytes = new CellBytes(spec);
    this.#table = table;
  }

  get count(): number {
    return this.#count;
  }

  get(keyId: number): S | undefined {
    const at = keyId + 1;
    if (this.#numbers !== undefined) return this.#has[at] === 1 ? (this.#numbers[at] as S) : undefined;
    if (this.#marks.length > 0) this.#encodeMarked(at);
    return this.#states[at];
  }

  set(keyId: number, state: S): void {
    const at = keyId + 1;
    if (this.#numbers !== undefined) {
      if (typeof state === 'number') {
        if (at >= this.#has.length) this.#grow(at);
        this.#numbers[at] = state;
        if (this.#has[at] === 0) this.#added(at);
        return;
      }
      this.#leaveNumbers();
    }
    if (this.#marks.length > 0) this.#encodeMarked(at);
    while (this.#states.length <= at) this.#states.push(undefined);
    if (this.#states[at] === undefined) this.#count++;
    this.#states[at] = state;
  }

  delete(keyId: number): void {
    const at = keyId + 1;
    if (this.get(keyId) === undefined) return;
    this.#count--;
    if (this.#numbers === undefined) this.#states[at] = undefined;
    else this.#has[at] = 0;
  }

  *ids(): Iterable<number> {
    const end = this.#numbers === undefined ? this.#states.length : this.#end;
    for (let at = 0; at < end; at++) {
      if (this.#numbers === undefined ? this.#states[at] !== undefined : this.#has[at] === 1) yield at - 1;
    }
  }

  capture(operator: string): Capture {
    const marked: Marked<S> =
      this.#numbers === undefined
        ? { states: this.#states.slice(), numbers: undefined, has: undefined, encoded: [] }
        : { states: undefined, ...this.#copyOf(this.#numbers), encoded: [] };
    if (marked.states !== undefined) this.#marks.push(marked);
    let isDropped = false;
    const drop = (): void => {
      // Once: afterwards the memory may be another capture's.
      if (isDropped) return;
      isDropped = true;
      const at = this.#marks.indexOf(marked);
      if (at >= 0) this.#marks.splice(at, 1);
      if (marked.numbers !== undefined && marked.has !== undefined) this.#spare = { numbers: marked.numbers, has: marked.has };
    };
    return {
      drop,
      write: async (to) => {
        try {
          await this.#write(operator, marked, to);
        } finally {
          drop();
        }
      },
    };
  }

  /** Into the memory of the capture before, where that is done with: fresh memory costs twice as much as the copying. */
  #copyOf(numbers: Float64Array): { readonly numbers: Float64Array; readonly has: Uint8Array } {
    const end = this.#end;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined || spare.has.length < end) {
      const room = Math.max(end, Math.min(this.#has.length, end * 2));
      const into = { numbers: new Float64Array(room), has: new Uint8Array(room) };
      into.numbers.set(numbers.subarray(0, end));
      into.has.set(this.#has.subarray(0, end));
      return into;
    }
    spare.numbers.set(numbers.subarray(0, end));
    spare.has.set(this.#has.subarray(0, end));
    spare.has.fill(0, end);
    return spare;
  }

  restore(codec: string, bytes: Uint8Array, hasKeys = true): void {
    this.#bytes.check(codec);
    if (!hasKeys) {
      this.set(-1, this.#bytes.readOne(bytes));
      return;
    }
    assert(this.#table !== undefined, 'state by key is restored where there are keys');
    for (const [key, state] of this.#bytes.entries(bytes)) this.set(this.#table.idOf(key), state);
  }

  /** Group by group, so that no more than one group's bytes are in memory, and the loop lives on in between. */
  async #write(operator: string, marked: Marked<S>, to: SectionWriter): Promise<void> {
    const cell = this.#bytes.name;
    const end = marked.states?.length ?? marked.has!.length;
    const first = stateAt(marked, 0);
    if (first !== undefined) {
      const bytes = (marked.encoded[0] as Uint8Array | undefined) ?? this.#bytes.one(first);
      await to.section({ operator, cell, scope: { kind: 'one' }, codec: CellBytes.codec }, bytes);
    }
    for (const [group, ids] of this.#byGroup(marked, end)) {
      const writer = new ValueWriter();
      for (const at of ids) {
        const known = marked.encoded[at];
        if (known === undefined) this.#bytes.entry(writer, this.#table!.keyAt(at - 1), stateAt(marked, at)!);
        else writer.append(known);
        // Once written it needs no mark any more.
        if (marked.states !== undefined) marked.states[at] = undefined;
      }
      await to.section({ operator, cell, scope: { kind: 'group', group }, codec: CellBytes.codec }, writer.take());
    }
  }

  #byGroup(marked: Marked<S>, end: number): Map<number, number[]> {
    const groups = new Map<number, number[]>();
    for (let at = 1; at < end; at++) {
      if (stateAt(marked, at) === undefined) continue;
      const group = this.#table!.groupAt(at - 1);
      const ids = groups.get(group);
      if (ids === undefined) groups.set(group, [at]);
      else ids.push(at);
    }
    return groups;
  }

  #encodeMarked(at: number): void {
    for (const marked of this.#marks) {
      const state = marked.states![at];
      if (state === undefined || marked.encoded[at] !== undefined || typeof state !== 'object') continue;
      if (at === 0) {
        marked.encoded[0] = this.#bytes.one(state);
        continue;
      }
      const writer = new ValueWriter();
      this.#bytes.entry(writer, this.#table!.keyAt(at - 1), state);
      marked.encoded[at] = writer.take();
    }
  }

  #added(at: number): void {
    this.#has[at] = 1;
    this.#count++;
    if (at >= this.#end) this.#end = at + 1;
  }

  #grow(at: number): void {
    const length = Math.max(at + 1, this.#has.length * 2);
    const numbers = new Float64Array(length);
    numbers.set(this.#numbers!);
    const has = new Uint8Array(length);
    has.set(this.#has);
    this.#numbers = numbers;
    this.#has = has;
  }

  /** A state that is no number: from here on they lie in a plain array. */
  #leaveNumbers(): void {
    const numbers = this.#numbers!;
    this.#states = Array.from({ length: this.#end }, (_, at) => (this.#has[at] === 1 ? (numbers[at] as S) : undefined));
    this.#numbers = undefined;
    this.#has = new Uint8Array(0);
  }
}

const FIRST = 64;

interface Marked<S> {
  readonly states: (S | undefined)[] | undefined;
  readonly numbers: Float64Array | undefined;
  readonly has: Uint8Array | undefined;
  /** Entries that were encoded because somebody wanted to touch the state. Sparse. */
  readonly encoded: Uint8Array[];
}

function stateAt<S>(marked: Marked<S>, at: number): S | undefined {
  if (marked.states !== undefined) return marked.states[at];
  return marked.has![at] === 1 ? (marked.numbers![at] as S) : undefined;
}
