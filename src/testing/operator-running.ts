import { strict as assert } from 'node:assert';
import { InternedKeys } from '../base/key-table.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Chunk, Control } from '../core/chunk.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { chunkOf, type RigOptions, type RigSnapshot, StationRig } from '../operators/station-rig.ts';

/** The time a case lives in: it passes only as fast as the checks need it. */
export interface OperatorTime {
  readonly clock: VirtualClock;
  /** A promise for a value after so many milliseconds. */
  later<U>(ms: number, value: U): Promise<U>;
}

/** An operator to check, and what to give it. */
export interface OperatorCase<In> {
  readonly operator: Operator<In> | StationOperator<In>;
  /** At least ten, so that there is something to cut. */
  readonly values: readonly In[];
  /** What the stream is keyed by; absent where it has no keys. */
  key?(value: In): Key;
  /** The index of a value that it refuses, by `fail` or by throwing. */
  readonly refuses?: number;
  /** How answers may overtake each other: not at all, or only those of other keys. `input` unless told. */
  readonly order?: 'input' | 'key';
  /** True of what is cut shorter by a barrier and may be, as batches: then only the members in it are compared. */
  readonly cutByBarrier?: boolean;
  /** True of what gives records other times or makes watermarks itself. */
  readonly makesTime?: boolean;
}

export type MakeOperator<In> = (time: OperatorTime) => OperatorCase<In>;

export function timeFor(clock: VirtualClock): OperatorTime {
  return { clock, later: (ms, value) => new Promise((resolve) => clock.after(ms, () => resolve(value))) };
}

export function isStation(operator: object): boolean {
  return 'open' in operator;
}

/** What was emitted of one record or pane. */
export interface Emitted {
  readonly id: string;
  readonly time: number;
  readonly key: unknown;
  readonly value: unknown;
}

export interface RunOptions {
  readonly restored?: RigSnapshot | undefined;
  readonly closesFor?: RigOptions['closesFor'];
  readonly stopsAt?: RigOptions['stopsAt'];
}

/** One life of a station in a rig of its own: its records stand at positions 0, 1, 2, … and each chunk ends with a watermark. */
export class StationRun<In> {
  readonly of: OperatorCase<In>;
  readonly rig: StationRig<In, unknown>;
  readonly #keys: InternedKeys | undefined;

  constructor(make: MakeOperator<In>, { restored, closesFor, stopsAt }: RunOptions = {}) {
    const clock = new VirtualClock();
    this.of = make(timeFor(clock));
    this.#keys = this.of.key === undefined ? undefined : new InternedKeys();
    this.rig = new StationRig(this.of.operator as StationOperator<In>, {
      clock,
      ...(this.#keys && { keys: this.#keys }),
      ...(restored && { restored }),
      ...(closesFor && { closesFor }),
      ...(stopsAt && { stopsAt }),
    });
  }

  chunk(first: number, end: number, control: Control = { watermark: end }): Chunk<In> {
    const values = this.of.values.slice(first, end);
    const { key } = this.of;
    const keys = this.#keys;
    const lineage =
      key === undefined || keys === undefined ? {} : { keys, keyIds: Int32Array.from(values, (value) => keys.idOf(key(value))) };
    return chunkOf(values, { first, control, ...lineage });
  }

  /** Goes on behind so many records. Whoever makes watermarks says the last one again. */
  async goOn(from: number, size = 7): Promise<void> {
    if (from > 0) await this.rig.feed(this.chunk(from, from));
    await this.feed(from, this.of.values.length, size);
  }

  async feed(from: number, to: number, size = 7): Promise<void> {
    for (let first = from; first < to; first += size) await this.rig.feed(this.chunk(first, Math.min(to, first + size)));
  }

  /** A barrier, and the time until it has come out. */
  async barrier(n: number): Promise<void> {
    await this.rig.feed(chunkOf<In>([], { control: { barrier: n } }));
    for (let waited = 0; !this.barriers.includes(n) && waited < MOST_STEPS; waited++) await this.rig.clock.advance(STEP_MS);
    assert.ok(this.barriers.includes(n), `barrier ${n} comes out`);
  }

  get barriers(): readonly number[] {
    return this.rig.emitted.flatMap(({ control }) => (control?.barrier === undefined ? [] : [control.barrier]));
  }

  get emitted(): readonly Emitted[] {
    return this.rig.emitted.flatMap(emittedOf);
  }
}

const STEP_MS = 100;
/** An hour. */
const MOST_STEPS = 36_000;

export function emittedOf(chunk: Chunk): readonly Emitted[] {
  return chunk.values.map((value, i) => {
    const { id, eventTime: time, key } = new OwnRecord(chunk, i);
    return { id, time, key, value };
  });
}

/** Everything the operator makes of its values, with nothing to disturb it. */
export async function undisturbed<In>(make: MakeOperator<In>, size = 7): Promise<readonly Emitted[]> {
  const run = new StationRun(make);
  await run.feed(0, run.of.values.length, size);
  await run.rig.finish();
  return run.emitted;
}

/** Compares as far as the case promises. */
export function same(of: OperatorCase<never>, actual: readonly Emitted[], expected: readonly Emitted[], what: string): void {
  assert.deepEqual(inOrder(of, actual), inOrder(of, expected), what);
}

function inOrder({ order = 'input', cutByBarrier }: OperatorCase<never>, emitted: readonly Emitted[]): unknown {
  if (cutByBarrier === true) return emitted.flatMap(({ value }) => value);
  if (order === 'input') return emitted;
  const byKey = Object.groupBy(emitted, ({ key }) => JSON.stringify(key) ?? '');
  return Object.fromEntries(Object.entries(byKey).sort(([a], [b]) => (a < b ? -1 : 1)));
}
