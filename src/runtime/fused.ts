import { Chunk, gather, type KeyTable, type Lineage, slice } from '../core/chunk.ts';
import type { Finish } from '../core/station.ts';
import { closureLoop } from './closure-loop.ts';
import { ByShape } from './column-shape.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import { generateLoop, type Loop } from './generated-loop.ts';
import { LoopTime } from './counters.ts';
import type { Capture } from '../core/state.ts';
import type { FlowHost, Part } from './flow-host.ts';
import type { Site } from './site.ts';

/** Generating a loop takes about 65 us, as long as the closures need for some thousand records: wait for that many. */
const RECORDS_BEFORE_GENERATING = 2048;
/** One chunk in so many is timed as a whole. */
const CHUNKS_PER_TIMING = 16;
/** Chunks that run through the closures, which time each step: the 9th, then one in so many (a clock a step costs 0.3 ns a record at 1,024). */
const FIRST_SHARED_CHUNK = 8;
const CHUNKS_PER_SHARING = 8192;

/** A run of synchronous steps as one loop: takes a chunk, answers by pushing one. */
export class Fused implements Inlet {
  readonly outlet: Outlet;
  readonly #site: Site;
  readonly #part: Part;
  readonly #host: FlowHost;
  readonly #writers = new Writers();
  readonly #table: KeyTable | undefined;
  readonly #keepsEveryone: boolean;
  readonly #closures: Loop;
  #generated: Loop | undefined;
  /** Loops over columns. */
  readonly #byShape: ByShape<Loop>;
  #sampling: Loop | undefined;
  readonly #time: LoopTime;
  #records = 0;
  #chunks = 0;
  /** Chunks that paused on their way through. */
  #open = 0;
  #last: Promise<void> | undefined;
  #finishing: Finish | undefined;
  #hasLeft = false;
  #isClosed = false;

  constructor(site: Site, part: Part, host: FlowHost) {
    this.#site = site;
    this.#part = part;
    this.#host = host;
    this.outlet = new Outlet(site.steps.at(-1)!.id, true, () => this.#close('end'));
    this.#table = site.steps.findLast((step) => step.table !== undefined)?.table;
    this.#keepsEveryone = site.steps.every(
      ({ operator }) => operator.inline !== undefined && operator.inline.shape !== 'keep' && operator.inline.shape !== 'spread',
    );
    this.#time = new LoopTime(site.steps.map((step) => step.counters));
    this.#closures = closureLoop(site);
    this.#byShape = new ByShape((shape) => generateLoop(site, shape));
  }

  get id(): string {
    return this.#site.steps[0]!.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed || this.#hasLeft) return;
    const isInPlace = this.#site.levels === 0 && this.#writers.areExclusive;
    // A stream has one order: another writer's chunk waits until the one that paused is through.
    const wait = this.#last === undefined ? this.#take(chunk, isInPlace) : this.#last.then(() => this.#take(chunk, isInPlace));
    if (wait === undefined) {
      this.#closeBehindChunks();
      return;
    }
    this.#open++;
    this.#last = wait.then(() => {
      if (--this.#open === 0) this.#last = undefined;
      this.#closeBehindChunks();
    });
    return this.#last;
  }

  #take(chunk: Chunk, isInPlace: boolean): Push {
    if (this.#isClosed || this.#hasLeft) return;
    this.#records += chunk.length;
    this.#site.steps[0]!.counters.in += chunk.length;
    return this.#run(chunk, 0, isInPlace && chunk.columns === undefined, this.#chooseLoop(chunk));
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all === undefined) return;
    this.#finishing = all;
    this.#closeBehindChunks();
  }

  /** A chunk that paused on its way through comes before the end. */
  #closeBehindChunks(): void {
    if (this.#finishing !== undefined && this.#open === 0) this.#close(this.#finishing);
  }

  #run(chunk: Chunk, from: number, isInPlace: boolean, loop: Loop): Push {
    const site = this.#site;
    const { length } = chunk;
    for (let at = from; !this.#isClosed && !this.#hasLeft; ) {
      const out = isInPlace ? chunk.values : [];
      const made = this.#timed(loop, chunk, out, at);
      // Children are records of the loop, too: of batches there are too few to wait for.
      if (site.levels > 0) this.#records += made;
      at = site.next;
      if (isInPlace) out.length = made;
      if (at >= length && chunk.control?.barrier !== undefined) this.#host.passed(this.#part, chunk.control.barrier, this.#captures());
      let wait = made > 0 || chunk.control !== undefined ? this.#send(this.#answer(chunk, out, made), 0) : undefined;
      wait = this.#host.postLetters(wait);
      if (site.isCut || site.overAt >= 0) this.#leave(site.isCut ? 'stop' : 'end');
      if (at >= length) return wait;
      if (wait !== undefined) return wait.then(() => this.#run(chunk, at, isInPlace, loop));
    }
  }

  /** The children of one value may be many more than a chunk holds. */
  #send(chunk: Chunk, from: number): Push {
    const limit = this.#host.chunkLimit;
    const { length } = chunk;
    if (length <= limit) return this.outlet.push(chunk);
    for (let at = from; at < length && !this.outlet.isFinished; at += limit) {
      const to = Math.min(at + limit, length);
      const control = to === length ? chunk.control : undefined;
      const wait = this.outlet.push(slice(chunk, at, to, control));
      if (wait !== undefined) return to === length ? wait : wait.then(() => this.#send(chunk, to));
    }
  }

  #timed(loop: Loop, chunk: Chunk, out: unknown[], from: number): number {
    const isGenerated = loop !== this.#closures && loop !== this.#sampling;
    if (!isGenerated || this.#chunks % CHUNKS_PER_TIMING !== 0) return loop(chunk, out, from);
    const { clock } = this.#host.world;
    const started = clock.monotonic();
    const made = loop(chunk, out, from);
    this.#time.ms += clock.monotonic() - started;
    this.#time.records += this.#site.next - from;
    return made;
  }

  #answer(chunk: Chunk, out: unknown[], made: number): Chunk {
    const site = this.#site;
    // A chunk that pauses is followed by more of it: control is for the last part.
    const control = site.next < chunk.length ? undefined : chunk.control;
    if (this.#keepsEveryone && made === site.next) {
      return this.#table === undefined
        ? new Chunk(out, chunk.origin, chunk, control)
        : new Chunk(out, chunk.origin, this.#keyed(chunk, made), control);
    }
    const isFromOneRead = chunk.rows === undefined && chunk.times === undefined && chunk.keys === undefined && chunk.paths === undefined;
    if (isFromOneRead && site.levels === 0 && this.#table === undefined)
      return new Chunk(out, chunk.origin, { rows: site.takeIndex(made) }, control);
    let lineage = gather(chunk, site.index, made);
    if (site.levels > 0) lineage = { ...lineage, paths: [...(lineage.paths ?? []), ...site.paths.map((path) => path.slice(0, made))] };
    return new Chunk(out, chunk.origin, this.#table === undefined ? lineage : this.#keyed(lineage, made), control);
  }

  #keyed({ rows, paths, times }: Lineage, made: number): Lineage {
    return { rows, paths, times, keys: this.#table, keyIds: this.#site.takeKeyIds(made) };
  }

  #chooseLoop({ columns }: Chunk): Loop {
    const { codegen } = this.#host;
    if (codegen === 'never' || (codegen === 'auto' && this.#records <= RECORDS_BEFORE_GENERATING)) return this.#closures;
    if (this.#chunks++ % CHUNKS_PER_SHARING === FIRST_SHARED_CHUNK) {
      return (this.#sampling ??= closureLoop(this.#site, this.#host.world.clock));
    }
    const overColumns = columns === undefined ? undefined : this.#byShape.of(columns);
    return overColumns ?? (this.#generated ??= generateLoop(this.#site));
  }

  /** Wants no more and sends its writers home; its readers learn of the end behind the chunk at hand. */
  #leave(how: Finish): void {
    this.#hasLeft = true;
    this.#finishing = how;
    this.#writers.dismiss(this);
  }

  #close(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writers.dismiss(this);
    this.outlet.finish(how);
    this.#host.closed(this.#part, () => this.#captures());
  }

  #captures(): readonly Capture[] {
    return this.#site.steps.flatMap(({ id, cells }) => (cells === undefined ? [] : [cells.capture(id)]));
  }
}
