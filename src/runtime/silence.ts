import type { PartitionChange } from '../core/chunk.ts';
import type { Timer, World } from '../core/world.ts';
import type { Push } from './edges.ts';

/** While all partitions are silent time walks with the clock, in steps of this. */
const STEP_MS = 100;
/** A timer that comes so much too late says that the process stood still, and nobody was asked meanwhile. */
const STOOD_STILL_MS = 1000;

export interface SilenceOptions {
  readonly world: World;
  readonly source: string;
  /** Somebody wants to hear of a silence that lasts so long; rising. From the first on time may walk. */
  readonly afterMs: readonly number[];
  /** Sends news down the way of the records. */
  tell(changes: readonly PartitionChange[]): Push;
}

interface Part {
  /** It has a read under way, which answers when there is something. */
  readonly isWaiting: () => boolean;
  sinceMs: number | undefined;
  /** When it last said that it had nothing. */
  confirmedMs: number;
  /** What was told of its silence last; below 0 while nothing was. */
  toldMs: number;
}

/**
 * Which partitions of a source are silent, and for how long: told where the records go, in its place between them. So
 * nobody further down has to guess from the time that passes there, which says how slow the way is and nothing else.
 *
 * Silence begins with a read that was answered and had nothing. It lasts while the next ones have nothing either, or
 * wait for something. It is over when one brings a record or fails, and when the partition is not asked: because memory
 * is full, or others have to catch up first. A process that stood still has not asked.
 */
export class Silence {
  readonly #options: SilenceOptions;
  readonly #parts = new Map<string, Part>();
  #timer: Timer | undefined;
  /** The last news are still on their way to the first reader. */
  #isTelling = false;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  open(partition: string, isWaiting: () => boolean): void {
    this.#parts.set(partition, { isWaiting, sinceMs: undefined, confirmedMs: 0, toldMs: -1 });
  }

  /** A read was answered and had nothing. */
  atEnd(partition: string): void {
    const part = this.#parts.get(partition);
    if (part === undefined) return;
    part.confirmedMs = this.#now;
    part.sinceMs ??= part.confirmedMs;
    this.#look();
  }

  awake(partition: string): void {
    const part = this.#parts.get(partition);
    if (part?.sinceMs !== undefined) this.#tell(this.#over(partition, part));
  }

  closed(partition: string): void {
    this.#parts.delete(partition);
    this.#setTimer();
  }

  get #now(): number {
    return this.#options.world.clock.monotonic();
  }

  /** Tells of those that have been silent for as long as somebody asks for, and of all once time walks. */
  #look(): void {
    const now = this.#now;
    const lasting = [...this.#parts].map(([partition, part]) => [partition, part, lastsMs(part, now)] as const);
    const walks = lasting.every(([, , ms]) => ms >= this.#options.afterMs[0]!);
    const changes: PartitionChange[] = [];
    for (const [partition, part, ms] of lasting) {
      const isDue = this.#options.afterMs.some((after) => part.toldMs < after && after <= ms);
      if (this.#isTelling || !(isDue || (walks && ms - part.toldMs >= STEP_MS / 2))) continue;
      part.toldMs = ms;
      changes.push({ source: this.#options.source, partition, state: 'silent', ms });
    }
    this.#tell(changes);
    this.#setTimer();
  }

  #over(partition: string, part: Part): readonly PartitionChange[] {
    const wasTold = part.toldMs >= 0;
    part.sinceMs = undefined;
    part.toldMs = -1;
    return wasTold ? [{ source: this.#options.source, partition, state: 'awake' }] : [];
  }

  #setTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const now = this.#now;
    const { afterMs } = this.#options;
    let waitMs = Number.POSITIVE_INFINITY;
    let walks = this.#parts.size > 0;
    for (const { sinceMs, toldMs } of this.#parts.values()) {
      walks &&= sinceMs !== undefined && toldMs >= afterMs[0]!;
      const next = sinceMs === undefined ? undefined : afterMs.find((after) => after > toldMs);
      if (next === undefined) continue;
      // One that is asked now and then says by itself what it has; this is for those that wait, and for news held up.
      const dueInMs = next - (now - sinceMs!);
      waitMs = Math.min(waitMs, dueInMs > 0 ? dueInMs : STEP_MS);
    }
    if (walks) waitMs = Math.min(waitMs, STEP_MS);
    if (waitMs === Number.POSITIVE_INFINITY) return;
    const { scheduler } = this.#options.world;
    this.#timer = scheduler.after(waitMs, () => {
      this.#timer = undefined;
      if (this.#now - now - waitMs > STOOD_STILL_MS) this.#beginAnew();
      // What has come while something else was at work is heard first.
      scheduler.soon(() => this.#look());
    });
  }

  #beginAnew(): void {
    const silent = [...this.#parts].filter(([, { sinceMs }]) => sinceMs !== undefined);
    this.#tell(silent.flatMap(([partition, part]) => this.#over(partition, part)));
    for (const [, part] of silent) part.sinceMs = part.confirmedMs = this.#now;
  }

  #tell(changes: readonly PartitionChange[]): void {
    if (changes.length === 0) return;
    const wait = this.#options.tell(changes);
    if (wait === undefined) return;
    this.#isTelling = true;
    void wait.then(
      () => {
        this.#isTelling = false;
      },
      // Whoever sent it tells the run.
      () => {},
    );
  }
}

/** For how long it is known to have been silent; below 0 where it is not. */
function lastsMs({ sinceMs, confirmedMs, isWaiting }: Part, nowMs: number): number {
  return sinceMs === undefined ? -1 : (isWaiting() ? nowMs : confirmedMs) - sinceMs;
}
