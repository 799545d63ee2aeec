import { Chunk, gather, type KeyTable } from '../core/chunk.ts';
import type { Finish } from '../core/station.ts';
import { closureLoop } from './closure-loop.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import { generateLoop, type Loop } from './generated-loop.ts';
import { LoopTime } from './counters.ts';
import type { FlowHost } from './flow-host.ts';
import type { Site } from './site.ts';

/** Generating a loop takes about 65 us, as long as the closures need for some thousand records: wait for that many. */
const RECORDS_BEFORE_GENERATING = 2048;
/** One chunk in so many is timed as a whole; one in so many runs through the closures, which time each step. */
const CHUNKS_PER_TIMING = 16;
const CHUNKS_PER_SHARING = 1024;

/** A run of synchronous steps as one loop: takes a chunk, answers by pushing one. */
export class Fused implements Inlet {
  readonly outlet: Outlet;
  readonly #site: Site;
  readonly #host: FlowHost;
  readonly #writers = new Writers();
  readonly #table: KeyTable | undefined;
  readonly #mayBeOver: boolean;
  readonly #keepsEveryone: boolean;
  #loop: Loop;
  #generated: Loop | undefined;
  #sampling: Loop | undefined;
  readonly #time: LoopTime;
  #records = 0;
  #chunks = 0;
  #isClosed = false;

  constructor(site: Site, host: FlowHost) {
    this.#site = site;
    this.#host = host;
    this.outlet = new Outlet(site.steps.at(-1)!.id, () => this.#close('end'));
    this.#table = site.steps.findLast((step) => step.table !== undefined)?.table;
    this.#mayBeOver = site.steps.some((step) => step.operator.isOver !== undefined);
    this.#keepsEveryone = site.steps.every(({ operator }) => operator.inline !== undefined && operator.inline.shape !== 'keep' && operator.inline.shape !== 'spread');
    this.#time = new LoopTime(site.steps.map((step) => step.counters));
    this.#loop = host.codegen === 'always' ? generateLoop(site) : closureLoop(site);
    if (host.codegen === 'always') this.#generated = this.#loop;
  }

  get id(): string {
    return this.#site.steps[0]!.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed) return;
    const n = chunk.values.length;
    this.#records += n;
    this.#site.steps[0]!.counters.in += n;
    return this.#run(chunk, 0, this.#chooseLoop());
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all !== undefined) this.#close(all);
  }

  #run(chunk: Chunk, from: number, loop: Loop): Push {
    const site = this.#site;
    const out = site.levels === 0 && this.#writers.areExclusive ? chunk.values : [];
    const isTimed = loop === this.#generated && this.#chunks % CHUNKS_PER_TIMING === 0;
    const started = isTimed ? this.#host.world.clock.monotonic() : 0;
    const made = loop(chunk, out, from);
    if (isTimed) {
      this.#time.ms += this.#host.world.clock.monotonic() - started;
      this.#time.records += (site.isCut ? made : site.next) - from;
    }
    const { next } = site;
    if (out === chunk.values) out.length = made;
    let wait = made > 0 || chunk.control !== undefined ? this.outlet.push(this.#answer(chunk, out, made)) : undefined;
    wait = this.#host.postLetters(wait);
    if (site.isCut) this.#leave('stop');
    else if (this.#mayBeOver && site.steps.some(({ operator, cells }) => operator.isOver?.(cells!) === true)) this.#leave('end');
    if (this.#isClosed || next >= (out === chunk.values ? next : chunk.values.length)) return wait;
    return wait === undefined ? this.#run(chunk, next, loop) : wait.then(() => (this.#isClosed ? undefined : this.#run(chunk, next, loop)));
  }

  #answer(chunk: Chunk, out: unknown[], made: number): Chunk {
    const site = this.#site;
    const keys = this.#table === undefined ? undefined : { keys: this.#table, keyIds: site.keyIds.slice(0, made) };
    if (this.#keepsEveryone && made === site.next) return new Chunk(out, chunk.origin, keys === undefined ? chunk : { ...chunk, ...keys }, chunk.control);
    const lineage = gather(chunk, site.index, made);
    const paths = site.levels === 0 ? lineage.paths : [...(lineage.paths ?? []), ...site.paths.map((path) => path.slice(0, made))];
    return new Chunk(out, chunk.origin, { ...lineage, paths, ...keys }, chunk.control);
  }

  #chooseLoop(): Loop {
    if (this.#host.codegen === 'never') return this.#loop;
    if (this.#generated === undefined && this.#records > RECORDS_BEFORE_GENERATING) {
      this.#generated = this.#loop = generateLoop(this.#site);
    }
    if (this.#generated !== undefined && this.#chunks++ % CHUNKS_PER_SHARING === 8) {
      return (this.#sampling ??= closureLoop(this.#site, this.#host.world.clock));
    }
    return this.#loop;
  }

  /** Wants no more, and says so in both directions. */
  #leave(how: Finish): void {
    this.#writers.dismiss(this);
    this.#close(how);
  }

  #close(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writers.dismiss(this);
    this.outlet.finish(how);
    this.#host.closed(this.#site.steps[0]!.isAfterLetters);
  }
}
