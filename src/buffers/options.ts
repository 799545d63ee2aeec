import type { Bytes, Duration } from '../core/units.ts';
import type { World } from '../core/world.ts';

/** What happens to a write while the buffer is full. */
export type Overflow = 'wait' | 'dropOldest' | 'dropNewest' | 'throw';

export interface StreamBufferOptions<T> {
  /** How many items it holds; 1024 by default. */
  readonly items?: number;
  /** How many bytes its items may sum up to; '8MiB' by default. A single larger item is held when it is alone. */
  readonly bytes?: Bytes;
  /** The bytes of an item. By default text, bytes and numbers are measured and objects estimated from one in 64. */
  readonly sizeOf?: (item: T) => number;
  /** 'wait' by default: the writer waits. The others drop an item and count it, or throw HR_BUFFER_FULL. */
  readonly overflow?: Overflow;
  /** How many reads and how many writes may wait at one time; 10,000 by default. */
  readonly waiters?: number;
  /** Names it in errors and in a plan. */
  readonly name?: string;
  /** Timers for `within`; the real ones by default. */
  readonly world?: Pick<World, 'scheduler'>;
}

/** How a call that may wait can be called off. */
export interface WaitOptions {
  /** When it aborts, the waiting call rejects with its reason and has taken or written nothing. */
  readonly signal?: AbortSignal | undefined;
}

export interface BatchesOptions extends WaitOptions {
  /** How long a batch may wait to become full, from its first item on; by default until it is full or the end. */
  readonly within?: Duration;
}
