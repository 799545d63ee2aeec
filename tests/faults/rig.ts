import { afterEach, beforeEach, expect } from 'vitest';
import { loopTurn } from '../../src/base/scheduler.ts';
import { type VirtualWorld, virtualWorld } from '../../src/base/virtual-world.ts';
import { HeadraceError, type Pipeline, type Run, type RunOptions, type RunReport, type Sink, type Source } from '../../src/index.ts';
import { embedded, type EmbeddedOptions } from '../../src/runtime/embedded.ts';

/** Fails a test by its name when a rejection that nobody handles comes up in it. */
export function guardRejections(): { take(): unknown[] } {
  let unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled = [];
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await loopTurn();
    await loopTurn();
    process.off('unhandledRejection', note);
    expect(unhandled, 'rejections that nobody handled').toEqual([]);
  });
  // For the test that shows the guard at work.
  return { take: () => unhandled.splice(0) };
}

/** How a run ended, whichever way. */
export interface Ending {
  readonly report: RunReport | undefined;
  readonly error: unknown;
  readonly code: string | undefined;
}

export interface Started {
  readonly world: VirtualWorld;
  readonly running: Run;
  /** Lets virtual time pass until the run is over; a run that hangs rejects. */
  end(limitMs?: number): Promise<Ending>;
}

/** Starts a pipeline in virtual time. */
export async function begin(
  pipeline: Pipeline,
  options: EmbeddedOptions & RunOptions & { readonly world?: VirtualWorld } = {},
): Promise<Started> {
  const { world = virtualWorld(), memory, codegen, chunk, ...run } = options;
  const runtime = embedded({
    world,
    ...(memory === undefined ? {} : { memory }),
    ...(codegen === undefined ? {} : { codegen }),
    ...(chunk === undefined ? {} : { chunk }),
  });
  const running = await runtime.start(pipeline, run);
  return {
    world,
    running,
    async end(limitMs) {
      const ending = running.done.then(
        (report): Ending => ({ report, error: undefined, code: undefined }),
        (error: unknown): Ending => ({ report: undefined, error, code: error instanceof HeadraceError ? error.code : undefined }),
      );
      return await world.until(ending, limitMs);
    },
  };
}

/** The same from start to end, and nothing may be left behind. */
export async function runToEnd(
  pipeline: Pipeline,
  options: EmbeddedOptions & RunOptions & { readonly world?: VirtualWorld } = {},
): Promise<Ending> {
  const { world, end } = await begin(pipeline, options);
  const ending = await end();
  expect(world.clock.pendingTimers, 'timers left').toBe(0);
  return ending;
}

/** Answers after some virtual time. */
export function later<T>(world: VirtualWorld, ms: number, value: T): Promise<T> {
  return new Promise((resolve) => {
    world.scheduler.after(ms, () => resolve(value));
  });
}

export function never<T>(): Promise<T> {
  return new Promise(() => {});
}

export function retriable(what: string): HeadraceError {
  return new HeadraceError({ code: 'HR_TEST_BUSY', action: 'retry', what, todo: 'Wait.' });
}

/** Consecutive numbers, with a hook at each door and a count of what was called. */
export interface Counting extends Source<number> {
  opened: number;
  reads: number;
  closed: number;
  /** Records given away. */
  given: number;
}

export interface CountingOptions {
  readonly records: number;
  readonly atMost?: number;
  readonly onOpen?: () => void | Promise<void>;
  /** Before read number so and so, from 1. */
  readonly onRead?: (read: number, signal: AbortSignal) => void | Promise<void>;
  readonly onClose?: () => void | Promise<void>;
}

export function counting({ records, atMost = 1024, onOpen, onRead, onClose }: CountingOptions): Counting {
  const source: Counting = {
    kind: 'counting',
    id: 'counting',
    opened: 0,
    reads: 0,
    closed: 0,
    given: 0,
    partitions: () => [0],
    open() {
      source.opened++;
      let next = 0;
      const answer = (limit: number) => {
        const first = next;
        next = Math.min(records, first + Math.min(limit, atMost));
        source.given += next - first;
        return {
          values: Array.from({ length: next - first }, (_, i) => first + i),
          positions: { first },
          resume: next,
          end: next === records,
        };
      };
      const reader = {
        read(limit: number, signal: AbortSignal) {
          const wait = onRead?.(++source.reads, signal);
          return wait === undefined ? answer(limit) : wait.then(() => answer(limit));
        },
        close() {
          source.closed++;
          return onClose?.();
        },
      };
      const wait = onOpen?.();
      return wait === undefined ? reader : wait.then(() => reader);
    },
  };
  return source;
}

export interface Keeping<T> extends Sink<T> {
  readonly values: T[];
  opened: number;
  writes: number;
  flushed: number;
  closed: number;
  closedWith: unknown;
}

export interface KeepingOptions {
  readonly id?: string;
  readonly onOpen?: () => void | Promise<void>;
  /** Before write number so and so, from 1; values count as written when it is over. */
  readonly onWrite?: (write: number) => void | Promise<void>;
  readonly onFlush?: () => void | Promise<void>;
  readonly onClose?: (error: unknown) => void | Promise<void>;
}

export function keeping<T>({ id = 'keeping', onOpen, onWrite, onFlush, onClose }: KeepingOptions = {}): Keeping<T> {
  const sink: Keeping<T> = {
    kind: 'keeping',
    id,
    delivery: 'none',
    values: [],
    opened: 0,
    writes: 0,
    flushed: 0,
    closed: 0,
    closedWith: undefined,
    open() {
      sink.opened++;
      const writer = {
        write(chunk: { readonly values: readonly T[] }) {
          const take = (): void => void sink.values.push(...chunk.values);
          const wait = onWrite?.(++sink.writes);
          return wait === undefined ? take() : wait.then(take);
        },
        flush() {
          sink.flushed++;
          return onFlush?.();
        },
        close(error?: unknown) {
          sink.closed++;
          sink.closedWith = error;
          return onClose?.(error);
        },
      };
      const wait = onOpen?.();
      return wait === undefined ? writer : wait.then(() => writer);
    },
  };
  return sink;
}

export const upTo = (records: number): number[] => Array.from({ length: records }, (_, i) => i);
