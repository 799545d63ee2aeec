import { Chunk, type Control } from '../../core/chunk.ts';
import type { Finish } from '../../core/station.ts';
import type { Inlet, Outlet, Push } from '../edges.ts';

/** The output on which every stage sends refused records. */
export const LETTERS = 'dead letters';

/** The output on which a stage says how far in event time the records of a partition have come. */
export const REACHED = 'reached';

/** What an output asks of its stage. */
export interface OutputHost {
  /**
   * There is one copy, or each has partitions of its own: so news of partitions may go on. Where records of a partition
   * go through several copies, the news of one would overtake the records of another.
   */
  readonly isOfPartitions: boolean;
  /** Is this inside a call of the host, where alone something may be emitted? */
  isInCall(): boolean;
  emit(output: string, chunk: Chunk): void;
  wake(): void;
  /** A barrier has come to this output. */
  arrived(): void;
}

/**
 * Where records leave a stage. What comes outside of a call waits for the next, and what comes behind a barrier waits
 * until the host has taken the capture: both hold back whoever brings it, so at most a chunk a writer waits here.
 */
export class StageOutput implements Inlet {
  readonly id: string;
  readonly #host: OutputHost;
  #barrier: number | undefined;
  #queue: { readonly chunk: Chunk; readonly taken: () => void }[] = [];
  isFinished = false;

  constructor(id: string, host: OutputHost) {
    this.id = id;
    this.#host = host;
  }

  get holdsBarrier(): boolean {
    return this.#barrier !== undefined;
  }
  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  connect(_from: Outlet): void {}

  push(chunk: Chunk): Push {
    if (this.#queue.length === 0 && this.#barrier === undefined && this.#host.isInCall()) return this.#give(chunk);
    this.#host.wake();
    return new Promise((taken) => {
      this.#queue.push({ chunk, taken });
    });
  }

  finish(_how: Finish): void {
    this.isFinished = true;
  }

  /** In a call: emits what waits, up to a barrier. */
  flush(): void {
    while (this.#queue.length > 0 && this.#barrier === undefined) {
      const { chunk, taken } = this.#queue.shift()!;
      this.#give(chunk);
      taken();
    }
  }

  /** The host has the capture: what comes from here on stands behind the barrier. */
  release(): void {
    this.#barrier = undefined;
    if (this.#queue.length > 0) this.#host.wake();
  }

  #says(control: Control | undefined): boolean {
    const hasNews = control?.partitions !== undefined && this.#host.isOfPartitions;
    return control?.watermark !== undefined || control?.idle === true || hasNews;
  }

  /** The host puts the barrier behind what was emitted, so it goes no further here. */
  #give(chunk: Chunk): void {
    const { control } = chunk;
    if (control?.barrier === undefined) {
      if (chunk.length > 0 || this.#says(control)) this.#host.emit(this.id, chunk);
      return;
    }
    const { barrier, ...rest } = control;
    const hasControl = this.#says(rest);
    if (chunk.length > 0 || hasControl) this.#host.emit(this.id, new Chunk(chunk.held, chunk.origin, chunk, hasControl ? rest : undefined));
    this.#barrier = barrier;
    this.#host.arrived();
  }
}
