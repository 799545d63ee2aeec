import { Chunk, type Control, gather, type KeyTable, type Origin } from '../core/chunk.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Finish } from '../core/station.ts';
import { OneTable } from '../operators/one-table.ts';
import type { NodeBody } from '../pipeline/draft.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';

/**
 * Several streams become one; chunks pass as they come. A barrier is aligned here: what follows it on one stream is
 * held until it has come on all others, or they have ended; little is held, since whoever brings it waits. Watermarks leave as the minimum over the streams that have not ended.
 */
export class Merge {
  readonly outlet: Outlet;
  readonly id: string;
  readonly #ports: MergePort[] = [];
  readonly #host: FlowHost;
  readonly #by: Refuser;
  /** Streams keyed apart have tables of their own; behind the merge a key must have one id. */
  readonly #keys: OneTable | undefined;
  #watermark: number = Number.NEGATIVE_INFINITY;
  #hasSaidIdle = false;
  #barrier: number | undefined;
  #how: Finish = 'end';
  #isClosed = false;

  constructor(by: Refuser, host: FlowHost, table: KeyTable | undefined) {
    this.#by = by;
    this.#host = host;
    this.id = by.id;
    this.#keys = table === undefined ? undefined : new OneTable(table);
    this.outlet = new Outlet(by.id, false, () => this.#leave('end'));
  }

  /** The inlet for one more stream. */
  port(): Inlet {
    const port = new MergePort(this);
    this.#ports.push(port);
    return port;
  }

  pass(port: MergePort, chunk: Chunk): Push {
    if (this.#isClosed) return;
    if (port.barrier !== undefined) return port.hold(chunk);
    const { control } = chunk;
    const { length } = chunk;
    this.#by.counters.in += length;
    this.#by.counters.out += length;
    if (length > 0 || control?.watermark !== undefined) port.isIdle = false;
    if (length > 0) this.#hasSaidIdle = false;
    if (control === undefined) return this.outlet.push(this.#rekeyed(chunk, undefined));
    if (control.watermark !== undefined && control.watermark > port.watermark) port.watermark = control.watermark;
    if (control.idle === true) port.isIdle = true;
    port.barrier = control.barrier;
    const passing = this.#controlOf(chunk);
    const wait = length > 0 || passing !== undefined ? this.outlet.push(this.#rekeyed(chunk, passing)) : undefined;
    if (passing?.barrier === undefined) return wait;
    this.#release();
    return wait;
  }

  finish(port: MergePort, how: Finish): void {
    if (how === 'stop') this.#how = 'stop';
    port.isEnded = true;
    port.watermark = Number.POSITIVE_INFINITY;
    if (this.#isClosed) return;
    if (this.#ports.every((one) => one.isEnded)) return this.#leave(this.#how);
    // The others may have waited for this one only.
    const control = this.#controlOf(undefined);
    if (control !== undefined) {
      const wait = this.outlet.push(new Chunk([], NO_ORIGIN, {}, control));
      wait?.catch((error: unknown) => this.#host.crash(error));
    }
    if (control?.barrier !== undefined) this.#release();
  }

  /** What may pass with a chunk: the new minimum of the watermarks, and the barrier once all have it. */
  #controlOf(chunk: Chunk | undefined): Control | undefined {
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let isAligned = true;
    for (const port of this.#ports) {
      if (port.isEnded) continue;
      if (port.watermark < least && !port.isIdle) least = port.watermark;
      if (port.watermark > greatest) greatest = port.watermark;
      if (port.barrier === undefined) isAligned = false;
      else this.#barrier = port.barrier;
    }
    const partitions = chunk?.control?.partitions;
    const isIdle = this.#ports.every((port) => port.isEnded || port.isIdle);
    // Where all are silent time walks, and the one that is furthest says how far.
    const watermark = isIdle ? greatest : least;
    const wakes = this.#hasSaidIdle && !isIdle;
    const hasRisen = watermark > this.#watermark;
    const barrier = isAligned ? this.#barrier : undefined;
    if (hasRisen) this.#watermark = watermark;
    if (barrier !== undefined) {
      this.#barrier = undefined;
      this.#host.passed(this.#by.part, barrier, []);
    }
    const idle = isIdle && (hasRisen || chunk?.control?.idle === true);
    if (hasRisen || wakes || idle) this.#hasSaidIdle = idle;
    if (!hasRisen && !wakes && barrier === undefined && partitions === undefined && !idle) return undefined;
    return {
      // That not all are silent any more is said by a watermark, be it the same as before.
      ...(hasRisen || wakes ? { watermark: this.#watermark } : {}),
      ...(idle ? { idle } : {}),
      ...(barrier === undefined ? {} : { barrier }),
      ...(partitions === undefined ? {} : { partitions }),
    };
  }

  #release(): void {
    for (const port of this.#ports) port.barrier = undefined;
    for (const port of this.#ports) port.release();
  }

  /** Without a table the keys are left behind: a merge with a stream that has none has none. */
  #rekeyed(chunk: Chunk, control: Control | undefined): Chunk {
    const { rows, paths, times } = chunk;
    const keys = this.#keys;
    if (chunk.keys === undefined) return control === chunk.control ? chunk : new Chunk(chunk.held, chunk.origin, chunk, control);
    if (keys === undefined) return new Chunk(chunk.held, chunk.origin, { rows, paths, times }, control);
    return new Chunk(chunk.held, chunk.origin, { rows, paths, times, keys: keys.table, keyIds: keys.idsOf(chunk) }, control);
  }

  #leave(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const port of this.#ports) port.leave();
    this.outlet.finish(how);
    this.#host.closed(this.#by.part);
  }
}

/** One of the streams that come together. */
class MergePort implements Inlet {
  watermark: number = Number.NEGATIVE_INFINITY;
  /** It has come here and not everywhere. */
  barrier: number | undefined;
  isEnded = false;
  isIdle = false;
  readonly #merge: Merge;
  readonly #writers = new Writers();
  /** What came behind the barrier: one chunk from a loop or a station, several where one call makes several. */
  #held: { readonly chunk: Chunk; readonly free: (wait: Push) => void }[] = [];
  #finishing: Finish | undefined;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  get id(): string {
    return this.#merge.id;
  }
  connect(from: Outlet): void {
    this.#writers.add(from);
  }
  push(chunk: Chunk): Push {
    return this.#merge.pass(this, chunk);
  }

  hold(chunk: Chunk): Promise<void> {
    return new Promise((free) => {
      this.#held.push({ chunk, free });
    });
  }

  release(): void {
    for (const { chunk, free } of this.#held.splice(0)) free(this.#merge.pass(this, chunk));
    if (this.#held.length > 0) return;
    const how = this.#finishing;
    if (how !== undefined) this.#merge.finish(this, how);
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all === undefined) return;
    // What is held comes before the end.
    if (this.#held.length === 0) this.#merge.finish(this, all);
    else this.#finishing = all;
  }

  leave(): void {
    this.#writers.dismiss(this);
    for (const { free } of this.#held.splice(0)) free(undefined);
  }
}

/** Of a chunk that is nothing but control. */
export const NO_ORIGIN: Origin = {
  source: '',
  partition: '',
  positionAt: () => '',
  idAt: () => '',
  timeAt: () => Number.NaN,
  headersAt: () => undefined,
};

/** Each value goes to the first branch whose test it passes, and nowhere when it passes none. */
export class Split implements Inlet {
  readonly outlets: readonly Outlet[];
  readonly #tests: readonly ((value: unknown) => unknown)[];
  readonly #pick: ((value: unknown) => unknown) | undefined;
  readonly #writers = new Writers();
  readonly #by: Refuser;
  readonly #host: FlowHost;
  #wanted: number;
  #isClosed = false;

  constructor(
    { tests, pick }: Pick<Extract<NodeBody, { type: 'split' }>, 'tests' | 'pick'>,
    by: Refuser,
    host: FlowHost,
    readers: readonly boolean[],
  ) {
    this.#tests = tests;
    this.#pick = pick;
    this.#by = by;
    this.#host = host;
    this.#wanted = readers.filter(Boolean).length;
    this.outlets = tests.map(
      () =>
        new Outlet(by.id, true, () => {
          if (--this.#wanted === 0) this.#leave('end');
        }),
    );
  }

  get id(): string {
    return this.#by.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed) return;
    const { values } = chunk;
    const n = values.length;
    this.#by.counters.in += n;
    const index = this.#tests.map(() => new Int32Array(n));
    const counts = new Int32Array(this.#tests.length);
    let isCut = false;
    for (let i = 0; i < n && !isCut; i++) {
      try {
        const branch = this.#branchOf(values[i]);
        if (branch >= 0) index[branch]![counts[branch]!++] = i;
      } catch (error) {
        isCut = this.#refuse(error, chunk, i);
      }
    }
    if (chunk.control?.barrier !== undefined && !isCut) this.#host.passed(this.#by.part, chunk.control.barrier, []);
    const waits: Promise<void>[] = [];
    for (const [branch, outlet] of this.outlets.entries()) {
      const count = counts[branch]!;
      if (outlet.isFinished || (count === 0 && chunk.control === undefined)) continue;
      this.#by.counters.out += count;
      const pick = this.#pick;
      const chosen = Array.from(index[branch]!.subarray(0, count), (i) => (pick === undefined ? values[i] : pick(values[i])));
      const wait = outlet.push(new Chunk(chosen, chunk.origin, gather(chunk, index[branch]!, count), chunk.control));
      if (wait !== undefined) waits.push(wait);
    }
    const wait = this.#host.postLetters(undefined);
    if (wait !== undefined) waits.push(wait);
    if (isCut) this.#leave('stop');
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all !== undefined) this.#leave(all);
  }

  #branchOf(value: unknown): number {
    for (let branch = 0; branch < this.#tests.length; branch++) {
      const answer = this.#tests[branch]!(value);
      if (answer instanceof Failure) throw answer;
      if (isThenable(answer)) throw refusedPromise(answer, this.#by.kind, this.#by.id);
      if (answer) return branch;
    }
    return -1;
  }

  #refuse(error: unknown, chunk: Chunk, i: number): boolean {
    this.#by.counters.errors++;
    return this.#host.refused(this.#by, error, chunk.values[i], new OwnRecord(chunk, i));
  }

  #leave(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writers.dismiss(this);
    for (const outlet of this.outlets) outlet.finish(how);
    this.#host.closed(this.#by.part);
  }
}
