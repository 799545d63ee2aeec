// A small stage for the tests of this folder: in memory, in a process and on a thread.
import { InternedKeys } from '../../base/key-table.ts';
import { Chunk, type Origin } from '../../core/chunk.ts';
import { assert, HeadraceError } from '../../core/error.ts';
import type { Stage, StageContext } from '../../core/stage.ts';
import type { Capture, Section } from '../../core/state.ts';
import { ReadOrigin } from '../read-origin.ts';
import { type ChunkWire, chunkWire } from './chunk-wire.ts';
import { isWorker } from './is-worker.ts';
import type { Progress } from './progress.ts';
import type { DescribedPlan } from './serve-stage.ts';

export const LOADER: string = import.meta.url;
const GROUPS = 4;

export function rigWire(): ChunkWire {
  const keys = new InternedKeys();
  return chunkWire({ codecOf: () => undefined, keysOf: (edge) => (edge === 'keyed' ? keys : undefined) });
}

/** What a loader exports. */
export function describe(module: string, _settings: unknown): Promise<DescribedPlan> {
  const plan: DescribedPlan = {
    fingerprint: `print of ${module}`,
    makeStage: (_stage, progress) => new RigStage(progress),
    wireFor: rigWire,
  };
  return Promise.resolve(plan);
}

export function rigChunk(first: number, values: readonly unknown[], origin: Origin = originAt(first)): Chunk {
  return new Chunk([...values], origin);
}

const originAt = (first: number): Origin => new ReadOrigin('rig', '0', { positions: { first } });

/**
 * Numbers leave doubled by 'doubled', odd ones also by 'odd', at once; it keeps the sum of each group. A number of 1000 or
 * more is answered later by 'slow', out of the barrier's way: it is captured as long as it has not been. Words make
 * trouble, or hold back their input until 'go' comes by another one.
 */
export class RigStage implements Stage {
  readonly #progress: Progress | undefined;
  readonly sums: number[] = new Array<number>(GROUPS).fill(0);
  readonly calls: string[] = [];
  #pending: number[] = [];
  #answered = 0;
  #context!: StageContext;
  #held: PromiseWithResolvers<void> | undefined;
  #timerAt: number | undefined;
  #wakeAfterMs: number | undefined;

  constructor(progress?: Progress) {
    this.#progress = progress;
  }

  async open(context: StageContext): Promise<void> {
    this.#context = context;
    for (const section of context.restored?.list() ?? []) {
      const state = JSON.parse(new TextDecoder().decode(await context.restored!.read(section))) as number | number[];
      if (typeof state === 'object') this.#later(state);
      else if (section.scope.kind === 'group') this.sums[section.scope.group] = state;
    }
  }

  process(input: string, chunk: Chunk): void | Promise<void> {
    const numbers: number[] = [];
    for (const [i, value] of chunk.values.entries()) {
      this.#progress?.row(i);
      if (typeof value !== 'number') {
        const wait = this.#obey(String(value));
        if (wait !== undefined) return wait;
      } else if (value >= 1000) this.#later([value]);
      else {
        this.sums[value % GROUPS]! += value;
        numbers.push(value);
      }
    }
    this.#emit('doubled', numbers, (value) => value * 2);
    const odd = numbers.filter((value) => value % 2 === 1);
    this.#emit('odd', odd, (value) => `${input} ${value}`);
    return undefined;
  }

  watermark(input: string, ms: number): void {
    this.#emit('time', [ms], (value) => `${input} ${value}`);
  }

  idle(input: string): void {
    this.#emit('time', [0], () => `${input} idle`);
  }

  advance(nowMs: number): number | undefined {
    const ready = this.#pending.splice(0, this.#answered);
    this.#answered = 0;
    this.#emit('slow', ready, (value) => value);
    if (this.#wakeAfterMs !== undefined) {
      this.#timerAt = nowMs + this.#wakeAfterMs;
      this.#wakeAfterMs = undefined;
    }
    if (this.#timerAt !== undefined && nowMs >= this.#timerAt) {
      this.#timerAt = undefined;
      this.#emit('timer', [nowMs], (value) => value);
    }
    return this.#timerAt;
  }

  prepareBarrier(checkpoint: number): void | Promise<void> {
    this.#emit('time', [checkpoint], (value) => `before barrier ${value}`);
    return this.#held?.promise;
  }

  barrier(checkpoint: number): Capture {
    this.calls.push(`barrier ${checkpoint}`);
    const pending = this.#pending.slice();
    const sums = this.sums.slice();
    // Emitted only after this call, so it must stand behind the barrier.
    if (checkpoint === 13) this.#later([1013]);
    return {
      drop: () => void this.calls.push('drop'),
      write: async (to) => {
        this.calls.push('write');
        if (checkpoint === 66) throw new HeadraceError({ code: 'HR_VALUE_UNENCODABLE', what: 'a function', todo: 'Keep none.' });
        const write = async (section: Section, state: unknown): Promise<void> => to.section(section, Buffer.from(JSON.stringify(state)));
        for (const [group, sum] of sums.entries())
          await write({ operator: 'rig', cell: 'sum', scope: { kind: 'group', group }, codec: 'rig/1' }, sum);
        await write({ operator: 'rig', cell: 'pending', scope: { kind: 'one' }, codec: 'rig/1' }, pending);
      },
    };
  }

  committed(checkpoint: number): void {
    this.#emit('time', [checkpoint], (value) => `committed ${value}`);
  }
  aborted(checkpoint: number): void {
    this.calls.push(`aborted ${checkpoint}`);
    this.#held?.resolve();
  }
  async end(input: string): Promise<void> {
    while (this.#pending.length > 0) await this.#turn();
    this.calls.push(`end ${input}`);
  }
  stop(): void {
    this.calls.push('stop');
  }
  closing(): Capture {
    return this.barrier(-1);
  }
  abort(reason: unknown): void {
    this.calls.push(`abort: ${reason instanceof Error ? reason.message : String(reason)}`);
  }

  readonly #turn = (): Promise<void> =>
    new Promise((resolve) => {
      this.#context.world.scheduler.soon(resolve);
    });

  #later(values: readonly number[]): void {
    for (const value of values) {
      this.#pending.push(value);
      this.#context.world.scheduler.soon(() => {
        this.#answered++;
        this.#context.wake();
      });
    }
  }

  #emit<T>(output: string, values: readonly T[], fn: (value: T) => unknown): void {
    if (values.length > 0) this.#context.emit(output, rigChunk(0, values.map(fn)));
  }

  #obey(word: string): void | Promise<void> {
    const [verb, more = ''] = word.split(' ');
    switch (verb) {
      case 'hold':
        this.#held = Promise.withResolvers<void>();
        return this.#held.promise;
      case 'go':
        this.#held?.resolve();
        this.#held = undefined;
        return undefined;
      case 'timer':
        this.#wakeAfterMs = Number(more);
        return this.#context.wake();
      case 'clock':
        return this.#emit('clock', [this.#context.world.clock.monotonic()], (value) => value);
      case 'many':
        return this.#emit(
          'doubled',
          Array.from({ length: Number(more) }, (_, i) => i),
          (value) => value,
        );
      case 'who':
        return this.#emit('who', [isWorker()], (value) => value);
      case 'throw':
        throw new TypeError('it was thrown here', { cause: new RangeError('for this reason') });
      case 'refuse':
        throw new HeadraceError({
          code: 'HR_KEY_INVALID',
          what: 'NaN cannot be a key',
          where: 'rig',
          action: 'deadLetter',
          todo: 'Use none.',
        });
      case 'reject':
        return Promise.reject(new Error('it was rejected'));
      case 'exit':
        console.error('these are my last words');
        process.exit(7);
        break;
      case 'hang':
        for (;;);
      default:
        return assert(false, `the rig does not know '${word}'`);
    }
  }
}
