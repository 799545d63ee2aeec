import type { Chunk } from '../../core/chunk.ts';
import type { Finish } from '../../core/station.ts';
import type { Push } from '../edges.ts';

/** Where one sender's records come to one copy of a stage. */
export interface Receiver {
  readonly id: string;
  push(chunk: Chunk): Push;
  finish(how: Finish): void;
}

interface Item {
  readonly channel: Channel;
  readonly chunk: Chunk | undefined;
  readonly how: Finish | undefined;
  readonly taken: () => void;
}

/** One sender of one input: its place in the alignment of barriers and in the minimum of watermarks. */
export class Channel implements Receiver {
  readonly id: string;
  readonly input: string;
  /** It has come on this channel and not on all. */
  barrier: number | undefined;
  watermark: number = Number.NEGATIVE_INFINITY;
  isIdle = false;
  ended: Finish | undefined;
  readonly #channels: Channels;

  constructor(id: string, input: string, channels: Channels) {
    this.id = id;
    this.input = input;
    this.#channels = channels;
  }

  push(chunk: Chunk): Push {
    return this.#channels.bring({ channel: this, chunk, how: undefined });
  }

  finish(how: Finish): void {
    void this.#channels.bring({ channel: this, chunk: undefined, how });
  }
}

/** What the copy of a stage makes of what comes; undefined or a promise that it may go on after. */
export interface Taker {
  /** False while it must not be given anything. */
  readonly isReady: boolean;
  take(channel: Channel, chunk: Chunk): Push;
  ended(channel: Channel, how: Finish): Push;
  crash(error: unknown): void;
}

/**
 * What comes to one copy of a stage, from all senders, one thing after the other in the order in which it came, except
 * that a channel whose barrier has come is held until the others' have. A channel holds one chunk and its end at most,
 * since whoever brought the chunk waits for it.
 */
export class Channels {
  readonly #taker: Taker;
  readonly #all: Channel[] = [];
  readonly #queue: Item[] = [];
  #isBusy = false;

  constructor(taker: Taker) {
    this.#taker = taker;
  }

  open(id: string, input: string): Channel {
    const channel = new Channel(id, input, this);
    this.#all.push(channel);
    return channel;
  }

  of(input: string): readonly Channel[] {
    return this.#all.filter((channel) => channel.input === input);
  }

  /** The barrier that all channels have, or have ended before. */
  get aligned(): number | undefined {
    const open = this.#all.filter((channel) => channel.ended === undefined);
    const first = open[0]?.barrier;
    return first !== undefined && open.every((channel) => channel.barrier === first) ? first : undefined;
  }

  release(): void {
    for (const channel of this.#all) channel.barrier = undefined;
  }

  bring({ channel, chunk, how }: Omit<Item, 'taken'>): Push {
    const isNext = !this.#isBusy && this.#taker.isReady && channel.barrier === undefined && this.#queue.length === 0;
    if (isNext) return this.#take({ channel, chunk, how, taken: nothing });
    return new Promise((taken) => {
      this.#queue.push({ channel, chunk, how, taken });
      this.goOn();
    });
  }

  /** Takes what can be taken. Called when something has changed that may have held it back. */
  goOn(): void {
    while (!this.#isBusy && this.#taker.isReady) {
      const at = this.#queue.findIndex(({ channel }) => channel.barrier === undefined);
      if (at < 0) return;
      const [item] = this.#queue.splice(at, 1) as [Item];
      const wait = this.#take(item);
      if (wait === undefined) item.taken();
      else void wait.then(item.taken);
    }
  }

  #take({ channel, chunk, how }: Item): Push {
    this.#isBusy = true;
    let wait: Push;
    try {
      wait = chunk === undefined ? this.#taker.ended(channel, how!) : this.#taker.take(channel, chunk);
    } catch (error) {
      this.#taker.crash(error);
      return;
    }
    if (wait === undefined) {
      this.#isBusy = false;
      return;
    }
    return wait.then(
      () => {
        this.#isBusy = false;
        this.goOn();
      },
      (error: unknown) => this.#taker.crash(error),
    );
  }
}

function nothing(): void {}
