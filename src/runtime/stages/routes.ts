import { Chunk } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import { splitByGroup } from '../../core/split-by-group.ts';
import type { Finish } from '../../core/station.ts';
import type { Inlet, Outlet, Push } from '../edges.ts';
import type { Receiver } from './channels.ts';

/** Each record goes to the copy that owns its key's group, what is said to all goes to all. */
export class KeyRoute implements Receiver {
  readonly id: string;
  readonly #targets: readonly Receiver[];
  readonly #ownerOf: Int32Array;

  constructor(id: string, targets: readonly Receiver[], ownerOf: Int32Array) {
    this.id = id;
    this.#targets = targets;
    this.#ownerOf = ownerOf;
  }

  push(chunk: Chunk): Push {
    const { control } = chunk;
    const shares = chunk.length === 0 ? [] : splitByGroup(chunk, this.#ownerOf, this.#targets.length);
    const waits: Promise<void>[] = [];
    for (const [i, target] of this.#targets.entries()) {
      const share = shares[i];
      if (share === undefined && control === undefined) continue;
      const part = share === undefined ? new Chunk([], chunk.origin, {}, control) : new Chunk(share.held, share.origin, share, control);
      const wait = target.push(part);
      if (wait !== undefined) waits.push(wait);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  finish(how: Finish): void {
    for (const target of this.#targets) target.finish(how);
  }
}

/** The end of a flow's outlet at a stage: what the outlet pushes goes to a receiver. */
export class Crossing implements Inlet {
  readonly #to: Receiver;

  constructor(to: Receiver) {
    this.#to = to;
  }

  get id(): string {
    return this.#to.id;
  }
  connect(_from: Outlet): void {}
  push(chunk: Chunk): Push {
    return this.#to.push(chunk);
  }
  finish(how: Finish): void {
    this.#to.finish(how);
  }
}

/** Which copy owns each key group: neighbouring groups stay together. */
export function ownersOf(groups: number, copies: number): Int32Array {
  assert(copies > 0 && copies <= groups, 'every copy of a stage owns a key group');
  return Int32Array.from({ length: groups }, (_, group) => Math.floor((group * copies) / groups));
}
