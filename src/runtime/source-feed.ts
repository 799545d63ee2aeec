import { Chunk, type Control, type PartitionChange } from '../core/chunk.ts';
import { plainRows, type RowMaker } from '../core/column-rows.ts';
import type { PartitionId, Resume, Source } from '../core/source.ts';
import type { Finish } from '../core/station.ts';
import { sourceError } from './bodies.ts';
import type { Alignment } from './alignment.ts';
import type { Outlet, Push } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { NO_ORIGIN } from './junctions.ts';
import { Pump } from './pump.ts';
import type { PumpWatch } from './pump-options.ts';
import { Silence } from './silence.ts';
import { generatedRows } from './generated-rows.ts';

/** Where a partition is read on; what a checkpoint keeps of it. */
export interface PartitionPosition {
  readonly partition: string;
  readonly resume: Resume;
  readonly ended: boolean;
}

export interface FeedOptions {
  readonly untilCaughtUp: boolean;
  readonly ready: (pump: Pump) => void;
  /** Where a checkpoint left the partitions. */
  readonly positions: readonly PartitionPosition[];
  /** Somebody behind this source keeps watermarks and wants to know the partitions. */
  readonly tellsPartitions: boolean;
  /** And when they are silent, after so many milliseconds each; rising, mostly none. */
  readonly silentAfterMs?: readonly number[];
  /** Reads partitions at about the same event time. */
  readonly alignment?: Alignment | undefined;
  /** Bodies are decoded further down. */
  readonly isRaw?: boolean;
  /** It stands still where the checkpoint left it. */
  readonly isHeld?: boolean;
}

/** A source: one pump a partition, all of them with one outlet, into which a barrier goes when all stand still. */
export class SourceFeed {
  readonly outlet: Outlet;
  readonly by: Refuser;
  readonly #source: Source<unknown>;
  readonly #host: FlowHost;
  readonly #options: FeedOptions;
  readonly #rows: RowMaker;
  readonly #silence: Silence | undefined;
  readonly #pumps = new Map<string, Pump>();
  readonly #ended = new Map<string, PartitionPosition>();
  #unfinished = 0;
  #unclosed = 0;
  #how: Finish = 'end';

  constructor(source: Source<unknown>, by: Refuser, outlet: Outlet, host: FlowHost, options: FeedOptions) {
    this.#source = source;
    this.by = by;
    this.outlet = outlet;
    this.#host = host;
    this.#options = options;
    this.#rows = host.codegen === 'never' ? plainRows : generatedRows();
    const { silentAfterMs = [] } = options;
    if (silentAfterMs.length > 0)
      this.#silence = new Silence({
        world: host.world,
        source: by.id,
        afterMs: silentAfterMs,
        tell: (changes) => this.#tell(changes),
      });
  }

  get id(): string {
    return this.by.id;
  }

  get pumps(): Iterable<Pump> {
    return this.#pumps.values();
  }

  /** Makes the pumps; they are opened next. */
  async find(): Promise<void> {
    if (this.#options.isHeld === true) return this.#standStill();
    const { signal } = this.#host;
    const partitions = await this.#partitions();
    if (signal.aborted) return;
    const kept = new Map(this.#options.positions.map((position) => [position.partition, position]));
    const open = partitions.filter((partition) => kept.get(String(partition))?.ended !== true);
    for (const position of kept.values()) if (position.ended) this.#ended.set(position.partition, position);
    this.#unfinished = this.#unclosed = open.length;
    if (open.length === 0) {
      this.outlet.finish('end');
      this.#host.closed(this.by.part);
    }
    for (const partition of open) this.#pumps.set(String(partition), this.#pump(partition, kept.get(String(partition))?.resume));
  }

  async open(): Promise<void> {
    await Promise.all([...this.#pumps.values()].map((pump) => pump.open()));
    const ended = [...this.#ended.keys()].map((partition) => this.#change(partition, 'ended'));
    const open = [...this.#pumps.keys()].map((partition) => this.#change(partition, 'open'));
    if (this.#options.tellsPartitions) void this.#tell([...ended, ...open]);
  }

  stop(): void {
    for (const pump of this.#pumps.values()) pump.stop();
  }

  /** Nobody reads what it brings. */
  dismiss(): void {
    for (const pump of this.#pumps.values()) pump.dismiss();
  }

  /** Where every partition stands at this moment; for the last checkpoint. */
  positions(): readonly PartitionPosition[] {
    return [...this.#ended.values(), ...[...this.#pumps].filter(([id]) => !this.#ended.has(id)).map(([id, pump]) => position(id, pump))];
  }

  /**
   * Sends a barrier behind everything that was read and answers where each partition stood there. A partition whose
   * chunk waits on its way stands still when that has been taken; a read under way goes on, and what it brings comes
   * behind the barrier.
   */
  async barrier(n: number): Promise<readonly PartitionPosition[]> {
    const pumps = [...this.#pumps.values()].filter((pump) => !pump.isClosed);
    await Promise.all(pumps.map(async (pump) => await pump.hold()));
    if (this.#host.signal.aborted) return [];
    const positions = this.positions();
    this.#host.passed(this.by.part, n, []);
    if (!this.outlet.isFinished) await this.outlet.push(new Chunk([], NO_ORIGIN, {}, { barrier: n }));
    for (const pump of pumps) pump.goOn();
    return positions;
  }

  async #partitions(): Promise<readonly PartitionId[]> {
    try {
      return await this.#source.partitions(this.#host);
    } catch (error) {
      throw sourceError(this.by, error);
    }
  }

  #standStill(): void {
    for (const position of this.#options.positions) this.#ended.set(position.partition, position);
    this.outlet.finish('stop');
    this.#host.closed(this.by.part);
  }

  #pump(partition: PartitionId, resume: Resume | undefined): Pump {
    const { untilCaughtUp, ready, isRaw = false } = this.#options;
    const id = String(partition);
    const finished = (how: Finish): void => this.#finished(id, how);
    const closed = (): void => {
      if (--this.#unclosed === 0) this.#host.closed(this.by.part);
    };
    const pump = new Pump(this.#source, partition, this.by, this.#host, {
      untilCaughtUp,
      outlet: this.outlet,
      ready,
      finished,
      closed,
      resume,
      isRaw,
      rows: this.#rows,
      watch: this.#watch(id),
    });
    this.#silence?.open(id, () => pump.isWaiting);
    this.#options.alignment?.join(this.by.id, id, (isAhead) => pump.setAhead(isAhead));
    return pump;
  }

  #watch(id: string): PumpWatch | undefined {
    const { alignment } = this.#options;
    const silence = this.#silence;
    if (alignment === undefined && silence === undefined) return undefined;
    const { id: source } = this.by;
    return {
      atEnd() {
        alignment?.atEnd(source, id, true);
        silence?.atEnd(id);
      },
      awake() {
        alignment?.atEnd(source, id, false);
        silence?.awake(id);
      },
      closed() {
        alignment?.left(source, id);
        silence?.closed(id);
      },
    };
  }

  #finished(id: string, how: Finish): void {
    if (how === 'stop') this.#how = 'stop';
    else this.#ended.set(id, { ...position(id, this.#pumps.get(id)!), ended: true });
    // Also of the last one: other sources may go on where this one's records meet theirs.
    if (how === 'end' && this.#options.tellsPartitions) void this.#tell([this.#change(id, 'ended')]);
    if (--this.#unfinished === 0) this.outlet.finish(this.#how);
  }

  #change(partition: string, state: 'open' | 'ended'): PartitionChange {
    return { source: this.by.id, partition, state };
  }

  #tell(partitions: readonly PartitionChange[]): Push {
    if (this.outlet.isFinished || partitions.length === 0) return;
    const control: Control = { partitions };
    const wait = this.outlet.push(new Chunk([], NO_ORIGIN, {}, control));
    wait?.catch((error: unknown) => this.#host.crash(error));
    return wait;
  }
}

function position(partition: string, pump: Pump): PartitionPosition {
  return { partition, resume: pump.resume, ended: false };
}
