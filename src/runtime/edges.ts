import type { Chunk } from '../core/chunk.ts';
import type { Finish } from '../core/station.ts';

/** Undefined: taken. A promise: taken too, and bring nothing more before it settles. */
export type Push = void | Promise<void>;

/** Where chunks enter a part of the flow. */
export interface Inlet {
  /** The operator that reads here. */
  readonly id: string;
  push(chunk: Chunk): Push;
  /** One of its writers has no more. */
  finish(how: Finish): void;
  /** Called by an outlet when it is connected. */
  connect(from: Outlet): void;
}

/**
 * Where chunks leave a part. Several inlets read the same chunk: it goes to all of them, then the writer waits for
 * the slowest. An inlet that wants no more is dropped; when none is left, whoever owns the outlet may stop too.
 */
export class Outlet {
  /** The operator whose outlet this is. */
  readonly id: string;
  /** The readers that make it wait at this moment. */
  readonly waitsFor: string[] = [];
  readonly #inlets: Inlet[] = [];
  readonly #unwanted: () => void;
  isFinished = false;

  readonly #makesArrays: boolean;

  /** `unwanted` is called once, when the last reader has gone. `makesArrays`: nobody upstream sees the arrays sent here. */
  constructor(id: string, makesArrays: boolean, unwanted: () => void = () => {}) {
    this.id = id;
    this.#makesArrays = makesArrays;
    this.#unwanted = unwanted;
  }

  connect(inlet: Inlet): void {
    this.#inlets.push(inlet);
    inlet.connect(this);
  }

  /** True when nobody else sees the arrays of a chunk sent here. */
  get isExclusive(): boolean {
    return this.#makesArrays && this.#inlets.length === 1;
  }

  push(chunk: Chunk): Push {
    const inlets = this.#inlets;
    if (inlets.length === 1) {
      const only = inlets[0]!;
      const wait = only.push(chunk);
      return wait === undefined ? undefined : this.#noted(only, wait);
    }
    let waits: Promise<void>[] | undefined;
    // A reader may drop itself while it is being served, so the list is copied.
    for (const inlet of [...inlets]) {
      const wait = inlet.push(chunk);
      if (wait !== undefined) (waits ??= []).push(this.#noted(inlet, wait));
    }
    if (waits === undefined) return;
    return waits.length === 1 ? waits[0] : Promise.all(waits).then(() => {});
  }

  async #noted(inlet: Inlet, wait: Promise<void>): Promise<void> {
    this.waitsFor.push(inlet.id);
    try {
      await wait;
    } finally {
      this.waitsFor.splice(this.waitsFor.indexOf(inlet.id), 1);
    }
  }

  finish(how: Finish): void {
    if (this.isFinished) return;
    this.isFinished = true;
    for (const inlet of [...this.#inlets]) inlet.finish(how);
  }

  /** `inlet` wants no more. */
  drop(inlet: Inlet): void {
    const at = this.#inlets.indexOf(inlet);
    if (at < 0 || this.isFinished) return;
    this.#inlets.splice(at, 1);
    if (this.#inlets.length > 0) return;
    this.isFinished = true;
    this.#unwanted();
  }
}

/** Knows its writers: finished when all of them are, and able to send all of them home. */
export class Writers {
  readonly #outlets: Outlet[] = [];
  #finished = 0;
  #how: Finish = 'end';

  add(outlet: Outlet): void {
    this.#outlets.push(outlet);
  }

  /** The answer once the last writer has finished; `stop` when one of them was stopped rather than ended. */
  finished(how: Finish): Finish | undefined {
    if (how === 'stop') this.#how = 'stop';
    return ++this.#finished === this.#outlets.length ? this.#how : undefined;
  }

  /** True when no other inlet sees the arrays of the chunks that arrive. */
  get areExclusive(): boolean {
    return this.#outlets.every((outlet) => outlet.isExclusive);
  }

  dismiss(inlet: Inlet): void {
    for (const outlet of this.#outlets) outlet.drop(inlet);
  }
}
