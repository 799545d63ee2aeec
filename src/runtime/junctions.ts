import { Chunk, gather, type KeyTable } from '../core/chunk.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Finish } from '../core/station.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';

/** Several streams become one; chunks pass as they come. */
export class Merge implements Inlet {
  readonly outlet: Outlet;
  readonly #writers = new Writers();
  readonly #host: FlowHost;
  readonly #by: Refuser;
  /** Streams keyed apart have tables of their own; behind the merge a key must have one id. */
  readonly #table: KeyTable | undefined;
  #isClosed = false;

  constructor(by: Refuser, host: FlowHost, table: KeyTable | undefined) {
    this.#by = by;
    this.#host = host;
    this.#table = table;
    this.outlet = new Outlet(by.id, false, () => this.#leave('end'));
  }

  get id(): string {
    return this.#by.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed) return;
    this.#by.counters.in += chunk.values.length;
    this.#by.counters.out += chunk.values.length;
    return this.outlet.push(chunk.keys === undefined ? chunk : rekeyed(chunk, chunk.keys, this.#table));
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all !== undefined) this.#leave(all);
  }

  #leave(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writers.dismiss(this);
    this.outlet.finish(how);
    this.#host.closed(this.#by.isAfterLetters);
  }
}

/** Without a table the keys are left behind: a merge with a stream that has none has none. */
function rekeyed(chunk: Chunk, from: KeyTable, to: KeyTable | undefined): Chunk {
  const { rows, paths, times } = chunk;
  if (to === undefined) return new Chunk(chunk.values, chunk.origin, { rows, paths, times }, chunk.control);
  const keyIds = chunk.keyIds!.slice(0, chunk.values.length);
  for (let i = 0; i < keyIds.length; i++) keyIds[i] = to.idOf(from.keyAt(keyIds[i]!));
  return new Chunk(chunk.values, chunk.origin, { rows, paths, times, keys: to, keyIds }, chunk.control);
}

/** Each value goes to the first branch whose test it passes, and nowhere when it passes none. */
export class Split implements Inlet {
  readonly outlets: readonly Outlet[];
  readonly #tests: readonly ((value: unknown) => unknown)[];
  readonly #writers = new Writers();
  readonly #by: Refuser;
  readonly #host: FlowHost;
  #wanted: number;
  #isClosed = false;

  constructor(tests: readonly ((value: unknown) => unknown)[], by: Refuser, host: FlowHost, readers: readonly boolean[]) {
    this.#tests = tests;
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
    const n = chunk.values.length;
    this.#by.counters.in += n;
    const index = this.#tests.map(() => new Int32Array(n));
    const counts = new Int32Array(this.#tests.length);
    let isCut = false;
    for (let i = 0; i < n && !isCut; i++) {
      try {
        const branch = this.#branchOf(chunk.values[i]);
        if (branch >= 0) index[branch]![counts[branch]!++] = i;
      } catch (error) {
        isCut = this.#refuse(error, chunk, i);
      }
    }
    const waits: Promise<void>[] = [];
    for (const [branch, outlet] of this.outlets.entries()) {
      const count = counts[branch]!;
      if (outlet.isFinished || (count === 0 && chunk.control === undefined)) continue;
      this.#by.counters.out += count;
      const chosen = Array.from(index[branch]!.subarray(0, count), (i) => chunk.values[i]);
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
    this.#host.closed(this.#by.isAfterLetters);
  }
}
