import { SeededRandom } from '../../base/random.ts';
import { SizeMeter } from '../../base/size.ts';
import type { Position } from '../../core/source.ts';
import type { Shuffling } from './arrangement.ts';
import { full } from './errors.ts';
import type { Item, Items } from './items.ts';

/** Gives the items of an epoch in the order they are handed out. */
export interface Flow {
  /** Undefined when it must see more items first, or when there are none left. */
  next(): Item | undefined;
}

export function straightFlow(items: Items, isChosen: (position: Position) => boolean): Flow {
  return {
    next() {
      for (let item = items.take(); item !== undefined; item = items.take()) if (isChosen(item.position)) return item;
      return undefined;
    },
  };
}

interface Held {
  readonly item: Item;
  readonly bytes: number;
}

/**
 * Shuffles through a bounded buffer: it is filled, and from then on a random one leaves and the next one takes its place.
 * What leaves when depends on the seed and on the items, never on how they were read, so that a run that goes on from a
 * checkpoint may do it all again and pass over what it had handed out.
 */
export function shuffledFlow(straight: Flow, items: Items, { seed, buffer, bytes: most }: Shuffling, epoch: number, where: string): Flow {
  const random = new SeededRandom(seed).fork(`epoch ${epoch}`);
  const meter = new SizeMeter();
  const held: Held[] = [];
  let heldBytes = 0;

  function fill(): void {
    while (held.length < buffer) {
      const item = straight.next();
      if (item === undefined) return;
      const bytes = meter.of(item.refused?.bytes ?? item.entry);
      heldBytes += bytes;
      if (heldBytes > most) throw full(where, held.length + 1, most);
      const entry = alone(item.entry);
      held.push({ item: entry === item.entry ? item : { ...item, entry }, bytes });
    }
  }

  return {
    next() {
      fill();
      if (held.length === 0 || (held.length < buffer && !items.hasEnded)) return undefined;
      const at = Math.floor(random.next() * held.length);
      const { item, bytes } = held[at]!;
      const last = held.pop()!;
      if (at < held.length) held[at] = last;
      heldBytes -= bytes;
      return item;
    },
  };
}

/**
 * A body is a view of the block its line was cut from, and a row may be one of a matrix: one that waits for long would keep
 * all of that alive, and ten thousand of them ten thousand blocks.
 */
function alone(entry: unknown): unknown {
  if (!ArrayBuffer.isView(entry) || entry.byteLength === entry.buffer.byteLength) return entry;
  if (Buffer.isBuffer(entry)) return new Uint8Array(entry);
  return entry instanceof DataView ? entry : (entry as Uint8Array).slice();
}
