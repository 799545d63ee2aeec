import { ValueWriter } from '../../codecs/value.ts';
import { sizeOf } from '../../base/size.ts';
import type { KeyTable } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import { canonicalBytes, keyOf } from '../../core/key-bytes.ts';
import type { Capture, CellsSpec, CellTable, Section, SectionWriter } from '../../core/state.ts';
import type { Clock } from '../../core/world.ts';
import type { StateStore } from '../../state/store/state-store.ts';
import { CellBytes } from '../cell-bytes.ts';
import type { CleanStates } from './clean-states.ts';
import { CHANGES, putChange, StoredBytes } from './stored-bytes.ts';

/** What a table needs of whoever keeps all of them. */
export interface StoredHost {
  readonly store: StateStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly clean: CleanStates;
  /** The overlay has become so much larger, or smaller. */
  held(bytes: number): void;
}

interface Held<S> {
  /** Undefined where it was taken away. */
  readonly state: S | undefined;
  readonly touchedMs: number;
  readonly cost: number;
  /** How often it was set. */
  readonly sets: number;
}

/** What a barrier found changed. */
interface Pending<S> {
  readonly entries: Map<number, Held<S>>;
  /** Those that somebody has touched since, as they were. */
  readonly encoded: Map<number, Uint8Array>;
  /** Once written: what goes into the store when the checkpoint is committed. */
  readonly sections: Uint8Array[];
  isWritten: boolean;
}

export interface StoredTableOptions<S> {
  readonly spec: CellsSpec<S>;
  readonly keys: KeyTable;
  /** The number of the table in the store. */
  readonly space: number;
}

/**
 * States by key number that lie in a store on a disk. What was touched since the last barrier is in an overlay; a
 * capture writes it into the checkpoint, and when that is committed the same changes go into the store. So the
 * checkpoint is the log by which a store that has missed its last transaction is brought up.
 *
 * Invariant: a state that may be changed in place is in the overlay only; what the layers below have of it, captures
 * that are not in the store yet, is bytes.
 */
export class StoredStates<S> implements CellTable<S> {
  captures = 0;
  readonly #bytes: StoredBytes<S>;
  readonly #plain: CellBytes<S>;
  readonly #options: StoredTableOptions<S>;
  readonly #host: StoredHost;
  #changed = new Map<number, Held<S>>();
  /** Oldest first. */
  readonly #pending: Pending<S>[] = [];

  constructor(options: StoredTableOptions<S>, host: StoredHost) {
    this.#bytes = new StoredBytes(options.spec);
    this.#plain = new CellBytes(options.spec);
    this.#options = options;
    this.#host = host;
  }

  /** Of the overlay: what the store has is not counted by table. */
  get count(): number {
    return this.#changed.size;
  }

  get(keyId: number): S | undefined {
    const known = this.#changed.get(keyId);
    const held = known ?? this.#below(keyId);
    if (held?.state === undefined) return undefined;
    if (this.#options.spec.keepMs !== undefined) {
      // Being asked for is a touch, and the time of it is state.
      const state = this.#isOver(held.touchedMs) ? undefined : held.state;
      this.#change(keyId, { ...held, state, touchedMs: this.#host.clock.now() });
      return state;
    }
    if (known === undefined) {
      // It may be changed in place.
      if (typeof held.state === 'object' && this.#options.spec.neverChanged !== true) this.#change(keyId, held);
      else this.#host.clean.add(this, keyId, held);
    }
    return held.state;
  }

  set(keyId: number, state: S): void {
    const known = this.#changed.get(keyId);
    // What is there already is not measured again with each record, but with the 2nd, the 4th, the 8th …: it may grow.
    const sets = known === undefined || known.cost === GONE_COST ? 1 : known.sets + 1;
    const { keepMs, sizeOf: ownSizeOf } = this.#options.spec;
    const isMeasured = ownSizeOf !== undefined || (sets & (sets - 1)) === 0;
    const cost = isMeasured ? this.#costOf(state) : known!.cost;
    this.#mark(keyId);
    this.#change(keyId, { state, touchedMs: keepMs === undefined ? 0 : this.#host.clock.now(), cost, sets });
  }

  delete(keyId: number): void {
    this.#mark(keyId);
    this.#change(keyId, GONE);
  }

  *ids(): Iterable<number> {
    const { keys, space } = this.#options;
    const seen = new Set<number>();
    for (const layer of [this.#changed, ...this.#pending.map(({ entries }) => entries).reverse()]) {
      for (const [id, { state, touchedMs }] of layer) {
        if (!seen.has(id) && state !== undefined && !this.#isOver(touchedMs)) yield id;
        seen.add(id);
      }
    }
    for (const [key, value] of this.#host.store.entries(space)) {
      const id = key.length === 0 ? -1 : keys.idOf(keyOf(key));
      if (!seen.has(id) && !this.#isOver(this.#bytes.read(value).touchedMs)) yield id;
    }
  }

  capture(operator: string): Capture {
    this.captures++;
    const pending: Pending<S> = { entries: this.#changed, encoded: new Map(), sections: [], isWritten: false };
    this.#changed = new Map();
    this.#pending.push(pending);
    return { drop: () => this.#takeBack(pending), write: (to) => this.#write(operator, pending, to) };
  }

  /** What a checkpoint of a run in memory has: all of it is a change for the store. */
  restore(
    codec: string,
    bytes: Uint8Array,
    { hasKeys = true, version }: { readonly hasKeys?: boolean; readonly version?: number | undefined },
  ): void {
    const piece = { codec, bytes, version };
    const { keys } = this.#options;
    const entries = hasKeys ? this.#plain.entries(piece) : [{ key: undefined, ...this.#plain.readOne(piece) }];
    for (const { key, state, touchedMs } of entries) {
      const id = key === undefined ? -1 : keys.idOf(key);
      if (state === undefined) this.delete(id);
      else this.#change(id, { state, touchedMs: touchedMs ?? this.#host.clock.now(), cost: this.#costOf(state), sets: 1 });
    }
  }

  /** What the committed checkpoint has, for the store. */
  *written(): Iterable<Uint8Array> {
    for (const { isWritten, sections } of this.#pending) if (isWritten) yield* sections;
  }

  /** The store has it. */
  applied(): void {
    for (const pending of this.#pending.filter(({ isWritten }) => isWritten)) {
      this.#pending.splice(this.#pending.indexOf(pending), 1);
      for (const [id, held] of pending.entries) {
        this.#host.held(-held.cost);
        if (held.state !== undefined && !this.#isAbove(id)) this.#host.clean.add(this, id, held);
      }
    }
  }

  #costOf(state: S): number {
    return ENTRY_COST + (this.#options.spec.sizeOf?.(state) ?? sizeOf(state));
  }

  /** Whoever kept this has come to the end of the data: what it changed last is wanted by nobody. */
  letGo(): void {
    for (const { cost } of this.#changed.values()) this.#host.held(-cost);
    this.#changed.clear();
  }

  /** It has left memory. */
  released(state: unknown): void {
    this.#options.spec.released?.(state as S);
  }

  #isOver(touchedMs: number | undefined): boolean {
    const { keepMs } = this.#options.spec;
    return keepMs !== undefined && touchedMs !== undefined && touchedMs <= this.#host.clock.now() - keepMs;
  }

  #isAbove(keyId: number): boolean {
    return this.#changed.has(keyId) || this.#pending.some(({ entries }) => entries.has(keyId));
  }

  #below(keyId: number): Held<S> | undefined {
    const pending = this.#mark(keyId);
    if (pending !== undefined) return pending;
    const clean = this.#host.clean.take(this, keyId) as Held<S> | undefined;
    if (clean !== undefined) return clean;
    const value = this.#host.store.get(this.#options.space, this.#keyOf(keyId), this.#nowOrNever());
    if (value === undefined) return undefined;
    const { state, touchedMs } = this.#bytes.read(value);
    return { state, touchedMs: touchedMs ?? this.#host.clock.now(), cost: ENTRY_COST + value.length * COST_PER_BYTE, sets: 1 };
  }

  /** The newest capture that is not in the store keeps what the barrier saw as bytes from here on. */
  #mark(keyId: number): Held<S> | undefined {
    if (this.#changed.has(keyId)) return undefined;
    for (let i = this.#pending.length - 1; i >= 0; i--) {
      const { entries, encoded } = this.#pending[i]!;
      const held = entries.get(keyId);
      if (held === undefined) continue;
      if (held.state !== undefined && !encoded.has(keyId)) encoded.set(keyId, this.#bytes.of(held.state, held.touchedMs));
      return held;
    }
    return undefined;
  }

  #change(keyId: number, held: Held<S>): void {
    const known = this.#changed.get(keyId);
    if (known === undefined) this.#host.clean.take(this, keyId);
    this.#changed.set(keyId, held);
    this.#host.held(held.cost - (known?.cost ?? 0));
  }

  /** Nobody will write it: what has not been touched since is still to be written. */
  #takeBack(pending: Pending<S>): void {
    const at = this.#pending.indexOf(pending);
    if (at < 0 || pending.isWritten) return;
    this.#pending.splice(at, 1);
    for (const [id, held] of pending.entries) {
      if (this.#isAbove(id)) this.#host.held(-held.cost);
      else this.#changed.set(id, held);
    }
  }

  async #write(operator: string, pending: Pending<S>, to: SectionWriter): Promise<void> {
    const { keys, space, spec } = this.#options;
    let writer = new ValueWriter();
    const flush = async (): Promise<void> => {
      const bytes = writer.take();
      writer = new ValueWriter();
      const part = pending.sections.push(bytes) - 1;
      const section: Section = {
        operator,
        cell: this.#bytes.name,
        scope: { kind: 'one' },
        codec: CHANGES,
        ...(part === 0 ? {} : { part }),
      };
      await to.section(section, bytes);
    };
    for (const [id, { state, touchedMs }] of pending.entries) {
      const value = pending.encoded.get(id) ?? (state === undefined ? undefined : this.#bytes.of(state, touchedMs));
      const expires = value === undefined || spec.keepMs === undefined ? undefined : touchedMs + spec.keepMs;
      const group = id < 0 ? 0 : keys.groupAt(id);
      putChange(writer, { space, group, key: this.#keyOf(id), value, ...(expires === undefined ? {} : { expires }) });
      if (writer.length >= SECTION_BYTES) await flush();
    }
    if (writer.length > 0) await flush();
    pending.isWritten = true;
  }

  /** A store forgets by the clock it is asked with: never, where nothing is to be forgotten. */
  #nowOrNever(): number | undefined {
    return this.#options.spec.keepMs === undefined ? undefined : this.#host.clock.now();
  }

  #keyOf(keyId: number): Uint8Array {
    if (keyId < 0) return NO_KEY;
    const key = this.#options.keys.keyAt(keyId);
    assert(key !== undefined, 'states are of keys that are known');
    return canonicalBytes(key);
  }
}

const NO_KEY = new Uint8Array(0);
/** A place in two maps, and the object that says what it costs. */
const ENTRY_COST = 160;
/** One object for all that were taken away: one watermark may close the windows of millions of keys. */
const GONE_COST = 60;
const GONE: Held<never> = { state: undefined, touchedMs: 0, cost: GONE_COST, sets: 0 };
/** What a state takes in memory for each of its bytes in the store, about. */
const COST_PER_BYTE = 4;
/** The loop lives on between sections. */
const SECTION_BYTES = 1 << 20;
