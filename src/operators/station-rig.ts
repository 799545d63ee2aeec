import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Chunk, type Control, type KeyTable, type Lineage, type Origin } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import { idOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { chunkFrom, type PlainChunk, plainOf } from './rig-chunks.ts';
import { type PackedState, RigState } from './rig-state.ts';

/** What a host was told about one refused record. */
export interface Refusal {
  readonly error: unknown;
  readonly value: unknown;
  readonly id: string;
}

/** What a barrier would have captured of a station. */
export interface RigSnapshot {
  readonly pending: readonly PlainChunk[];
  readonly state: PackedState;
}

export interface RigOptions {
  /** The table of the keys that come; a restored rig needs one of its own. */
  readonly keys?: KeyTable;
  /** What the station goes on from. It gets the pending records before anything else. */
  readonly restored?: RigSnapshot;
  readonly chunkLimit?: number;
  /** What `refuse` answers: false unless told. */
  readonly stopsAt?: (refusal: Refusal) => boolean;
  /** Asked after each emit: for how many milliseconds is the way down closed? 0 unless told. */
  readonly closesFor?: (chunk: Chunk) => number;
  /** The same after each refusal: a dead letter is on its way too. */
  readonly closesAfterRefusalFor?: () => number;
  readonly seed?: number | string;
  /** One of the test's own, for functions that are called while the rig is made. */
  readonly clock?: VirtualClock;
}

/**
 * A host for tests of stations, in virtual time. It keeps all that was emitted, and holds each call to the contract:
 * nothing is emitted outside of a call, while the way down is closed, or after an abort; no chunk is too large; a
 * station that takes no chunk gets none; who is done holds nothing.
 */
export class StationRig<In, Out> {
  readonly clock: VirtualClock;
  readonly emitted: Chunk<Out>[] = [];
  readonly refused: Refusal[] = [];
  /** Records that came too late. */
  readonly late: Refusal[] = [];
  readonly dropped: Map<string, number> = new Map();
  readonly station: Station<In>;
  held = 0;
  heldBytes = 0;
  mostHeld = 0;
  advances = 0;
  #isOpen = true;
  #inCall = false;
  #isAborted = false;
  #isStopped = false;
  #isAwake = false;
  #timerAt: number | undefined;
  #keepsOpen = false;
  readonly #controller = new AbortController();
  readonly #options: RigOptions;
  #watchers: (() => void)[] = [];
  readonly #state: RigState;
  /** Restored records that the station has not taken yet. */
  #atTheDoor: Chunk<In>[];

  constructor(operator: StationOperator<In, Out>, options: RigOptions = {}) {
    const { keys, restored } = options;
    this.#options = options;
    this.clock = options.clock ?? new VirtualClock();
    this.#state = new RigState(keys);
    this.#atTheDoor = restored?.pending.map((chunk) => chunkFrom<In>(chunk, keys)) ?? [];
    this.station = operator.open(this.#host(options.chunkLimit ?? 1024, new SeededRandom(options.seed ?? 1)));
    if (restored === undefined) return;
    this.#state.restore(restored.state);
    this.#letIn();
  }

  /** What a barrier would capture now. Work goes on undisturbed. */
  snapshot(): RigSnapshot {
    const held = this.station.pending?.() ?? [];
    const records = held.reduce((sum, { values }) => sum + values.length, 0);
    assert(records <= this.held, `${records} records are pending and ${this.held} are held`);
    for (const { control } of held) assert(control?.barrier === undefined, 'a barrier is not captured');
    return { pending: [...held, ...this.#atTheDoor].map(plainOf), state: this.#state.capture() };
  }

  /** Everything emitted so far, without the chunks around it. */
  get values(): Out[] {
    return this.emitted.flatMap((chunk) => chunk.values);
  }

  /** The ids of the same. */
  get ids(): string[] {
    return this.emitted.flatMap((chunk) => chunk.values.map((_, index) => idOf(chunk, index)));
  }

  get canEmit(): boolean {
    return this.#isOpen;
  }
  /** Opens and closes the way down. */
  set canEmit(isOpen: boolean) {
    const opens = isOpen && !this.#isOpen;
    this.#isOpen = isOpen;
    if (opens) this.#wake();
  }

  /** Gives one chunk, at once. The station must not be full. */
  give(chunk: Chunk<In>): void {
    assert(!this.station.isFull, 'a full station gets no chunk');
    this.#call(() => this.station.process(chunk));
  }

  /** Gives chunks as the station takes them, letting time pass where it waits. Ends early when the run stops. */
  async feed(...chunks: readonly Chunk<In>[]): Promise<void> {
    for (const chunk of chunks) {
      await this.#until(() => !this.station.isFull || this.station.isDone);
      if (this.station.isDone) return;
      this.give(chunk);
    }
  }

  /** No more chunks: lets time pass until the station is done. `keepsOpen`: it may go on holding records (windows at a stop). */
  async finish(how: Finish = 'end', { keepsOpen = false }: { readonly keepsOpen?: boolean } = {}): Promise<void> {
    this.#keepsOpen = keepsOpen;
    await this.#until(() => !this.station.isFull || this.station.isDone);
    this.#call(() => this.station.finish(how));
    this.#call(() => this.station.advance(this.clock.monotonic()));
    await this.#until(() => this.station.isDone);
  }

  abort(reason: unknown = new Error('aborted by the test')): void {
    this.#controller.abort(reason);
    this.#call(() => this.station.abort(reason));
    this.#isAborted = true;
    assert(this.held === 0, 'an aborted station holds nothing');
  }

  /** A promise for a value after milliseconds of the rig's time. */
  later<U>(ms: number, value: U): Promise<U> {
    return new Promise((resolve) => {
      this.clock.after(ms, () => resolve(value));
    });
  }

  async #until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = (): void => {
      if (holds()) resolve();
    };
    this.#watchers.push(watch);
    await this.clock.until(promise);
    this.#watchers = this.#watchers.filter((other) => other !== watch);
  }

  #host(chunkLimit: number, random: SeededRandom): StationHost<Out> {
    const isOpen = (): boolean => this.#isOpen;
    return {
      operator: 'rig',
      clock: this.clock,
      random,
      signal: this.#controller.signal,
      keys: this.#options.keys,
      cells: (spec) => this.#state.cells(spec),
      partitions: (spec) => this.#state.partitions(spec),
      chunkLimit,
      get canEmit() {
        return isOpen();
      },
      emit: (chunk) => {
        assert(this.#inCall, 'a station emits inside a call only');
        assert(this.#isOpen, 'a station emits only while canEmit');
        assert(chunk.values.length <= chunkLimit, `a chunk holds at most ${chunkLimit} values`);
        assert(!this.#isAborted, 'nothing is emitted after an abort');
        checkLineage(chunk);
        this.emitted.push(chunk);
        const ms = this.#options.closesFor?.(chunk) ?? 0;
        if (ms > 0) this.#closeFor(ms);
      },
      wake: () => this.#wake(),
      wakeSoon: () => this.clock.soon(() => this.#wake()),
      refuse: (error, chunk, index) => {
        assert(this.#inCall, 'a station refuses inside a call only');
        assert(!this.#isAborted && !this.#isStopped, 'nothing is refused after the end');
        const refusal = { error, value: chunk.values[index], id: idOf(chunk, index) };
        this.refused.push(refusal);
        if (this.#options.stopsAt?.(refusal) === true) this.#isStopped = true;
        const ms = this.#options.closesAfterRefusalFor?.() ?? 0;
        if (ms > 0) this.#closeFor(ms);
        return this.#isStopped;
      },
      late: (error, chunk, index) => {
        assert(this.#inCall && !this.#isAborted && !this.#isStopped, 'a record is late inside a call only, and not after the end');
        this.late.push({ error, value: chunk.values[index], id: idOf(chunk, index) });
        this.dropped.set('late', (this.dropped.get('late') ?? 0) + 1);
        const ms = this.#options.closesAfterRefusalFor?.() ?? 0;
        if (ms > 0) this.#closeFor(ms);
      },
      dropped: (records, reason) => {
        assert(records > 0, 'a drop has records');
        this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + records);
      },
      holds: (records, bytes) => {
        assert(records >= 0 && bytes >= 0 && Number.isFinite(bytes), `nobody holds ${records} records of ${bytes} bytes`);
        this.held = records;
        this.heldBytes = bytes;
        this.mostHeld = Math.max(this.mostHeld, records);
      },
    };
  }

  #call(call: () => void): void {
    assert(!this.#inCall, 'one call at a time');
    this.#inCall = true;
    try {
      call();
    } finally {
      this.#inCall = false;
    }
    if (this.station.isDone) assert(this.held === 0 || this.#keepsOpen, `who is done holds nothing, and not ${this.held} records`);
    this.#setTimer();
    this.#letIn();
    for (const watch of [...this.#watchers]) watch();
  }

  #letIn(): void {
    if (this.station.isFull) return;
    const chunk = this.#atTheDoor.shift();
    if (chunk !== undefined) this.#call(() => this.station.process(chunk));
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.clock.soon(() => {
      this.#isAwake = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#isAborted) return;
    this.advances++;
    this.#call(() => this.station.advance(this.clock.monotonic()));
  }

  #setTimer(): void {
    const { wakeAt } = this.station;
    if (wakeAt === undefined || wakeAt === this.#timerAt || this.#isAborted) return;
    this.#timerAt = wakeAt;
    this.clock.after(wakeAt - this.clock.monotonic(), () => {
      if (this.#timerAt !== wakeAt) return;
      this.#timerAt = undefined;
      if (this.station.wakeAt !== undefined) this.#advance();
    });
  }

  #closeFor(ms: number): void {
    this.#isOpen = false;
    this.clock.after(ms, () => {
      this.canEmit = true;
    });
  }
}

function checkLineage({ values, rows, times, keyIds, keys }: Chunk): void {
  for (const beside of [rows, times, keyIds])
    assert(beside === undefined || beside.length >= values.length, 'lineage is as long as the values');
  assert((keys === undefined) === (keyIds === undefined), 'keys come with their ids');
}

export interface TestChunk extends Lineage {
  /** The position of the first value; 0 unless told. */
  readonly first?: number;
  readonly source?: string;
  readonly partition?: string;
  readonly control?: Control;
}

/** A chunk as a source would bring it: ids like `s/0/17`, times like the positions. */
export function chunkOf<T>(
  values: readonly T[],
  { first = 0, source = 's', partition = '0', control, ...lineage }: TestChunk = {},
): Chunk<T> {
  const origin: Origin = {
    source,
    partition,
    positionAt: (row) => String(first + row),
    idAt: (row) => `${source}/${partition}/${first + row}`,
    timeAt: (row) => first + row,
    headersAt: () => undefined,
  };
  return new Chunk([...values], origin, lineage, control);
}

/** Values cut into chunks of a size, with running positions, and keyed where a key function is given. */
export function chunksOf<T>(values: readonly T[], size: number, keyed?: { readonly table: KeyTable; key(value: T): string }): Chunk<T>[] {
  const chunks: Chunk<T>[] = [];
  for (let first = 0; first < values.length; first += size) {
    const part = values.slice(first, first + size);
    const lineage =
      keyed === undefined ? {} : { keys: keyed.table, keyIds: Int32Array.from(part, (value) => keyed.table.idOf(keyed.key(value))) };
    chunks.push(chunkOf(part, { first, ...lineage }));
  }
  return chunks;
}

/** 0 up to n. */
export function numbers(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
