import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import { HeadraceError } from '../core/error.ts';
import type { KeyTable } from '../core/chunk.ts';
import type { Operator } from '../core/operator.ts';
import type { Cells } from './cells.ts';
import type { Refuser } from './flow-host.ts';
import { RecordView } from './record-view.ts';

/** One operator inside a fused loop, with all that the loop needs of it. */
export interface SiteStep extends Refuser {
  readonly operator: Operator;
  readonly cells: Cells | undefined;
  /** The table that a keyBy step fills. */
  readonly table: KeyTable | undefined;
  /** How many levels of children lie above this step. */
  readonly level: number;
}

export interface SiteShape {
  /** Levels of children among the steps. */
  readonly levels: number;
  readonly chunkLimit: number;
  readonly carriesKeys: boolean;
}

/** What a site needs of the run. */
export interface SiteHost {
  /** A record was refused. True when the run stops because of it. */
  refused(step: SiteStep, error: unknown, value: unknown, view: RecordView): boolean;
}

/**
 * The memory of one fused loop, shared by its generated form and its closures so that a run may switch between them
 * after any chunk. A loop answers how many outputs it made; outputs lie in `out`, their lineage in `index` (the
 * chunk's value each came from), `paths` (ordinals of children) and `keyIds`.
 */
export class Site {
  readonly name: string;
  readonly steps: readonly SiteStep[];
  readonly view: RecordView = new RecordView();
  readonly levels: number;
  /** False where no record has a key: the loop then leaves keys out altogether. */
  readonly carriesKeys: boolean;
  /** Outputs after which a loop with children pauses, so that one chunk cannot grow without bound. */
  readonly pauseAt: number;
  index: Int32Array;
  keyIds: Int32Array;
  paths: Int32Array[];
  capacity: number;
  /** The chunk's value at which the next call goes on. */
  next = 0;
  /** A record was refused with `stop`: nothing that comes after it may pass. */
  isCut = false;
  /** The last step that has let through all it ever will, -1 while none has: nothing above it is called any more. */
  overAt = -1;
  /** Emitted by the step that is being called. */
  readonly scratch: Scratch = new Scratch();
  readonly #host: SiteHost;
  readonly #indexBlock = new Block();
  readonly #keyBlock = new Block();

  constructor(name: string, steps: readonly SiteStep[], shape: SiteShape, host: SiteHost) {
    const { levels, chunkLimit } = shape;
    this.name = name;
    this.steps = steps;
    this.levels = levels;
    this.carriesKeys = shape.carriesKeys;
    this.pauseAt = chunkLimit;
    this.capacity = Math.max(chunkLimit, 16);
    this.index = this.#indexBlock.fresh(this.capacity);
    this.keyIds = this.#keyBlock.fresh(this.capacity);
    this.paths = Array.from({ length: levels }, () => new Int32Array(this.capacity));
    this.#host = host;
  }

  /** Makes room for more outputs than values; called by the loop when it reaches `capacity`. */
  grow(): void {
    this.capacity *= 2;
    this.index = copied(this.index, this.#indexBlock.fresh(this.capacity));
    this.keyIds = copied(this.keyIds, this.#keyBlock.fresh(this.capacity));
    this.paths = this.paths.map((path) => grown(path, this.capacity));
  }

  /** Gives away the index of the outputs just made, as the rows of a chunk, without copying. */
  takeIndex(made: number): Int32Array {
    const taken = this.index;
    this.index = this.#indexBlock.behind(made, this.capacity);
    return taken;
  }

  /** The same of their keys. */
  takeKeyIds(made: number): Int32Array {
    const taken = this.keyIds;
    this.keyIds = this.#keyBlock.behind(made, this.capacity);
    return taken;
  }

  /** Step `at` threw. True: stop here. */
  refuse(at: number, error: unknown, value: unknown): boolean {
    const step = this.steps[at]!;
    this.scratch.count = 0;
    step.counters.errors++;
    this.view.level = step.level;
    if (this.#host.refused(step, error, value, this.view)) this.isCut = true;
    return this.isCut;
  }

  /** Step `at` answered a failure or something with a `then`. True: stop here. */
  odd(at: number, result: unknown, value: unknown): boolean {
    if (result instanceof Failure) return this.refuse(at, result, value);
    return this.refuse(at, refusedPromise(result as PromiseLike<unknown>, this.steps[at]!.kind, this.steps[at]!.id), value);
  }

  /** What the step at work emitted, apart from the scratch, which the steps behind it use again. */
  emitted(): readonly unknown[] {
    const { count, values } = this.scratch;
    if (count === 0) return NOTHING;
    this.scratch.count = 0;
    return values.slice(0, count);
  }

  /** The children of a value, as an array: what a generator has answered before it throws is taken back. */
  children(at: number, result: unknown): readonly unknown[] {
    if (Array.isArray(result)) return result as readonly unknown[];
    const step = this.steps[at]!;
    if (result === null || typeof result !== 'object' || !(Symbol.iterator in result)) {
      if (typeof result === 'string') return [...result];
      if (isThenable(result)) throw refusedPromise(result, step.kind, step.id);
      throw new HeadraceError({
        code: 'HR_NOT_ITERABLE',
        what: `the function of ${step.operator.kind} answered ${result === null ? 'null' : typeof result} instead of something to iterate over`,
        where: step.id,
        todo: 'Answer an array or another iterable; an empty array for nothing.',
      });
    }
    const children: unknown[] = [];
    for (const child of result as Iterable<unknown>) {
      if (children.length === MAX_CHILDREN) {
        throw new HeadraceError({
          code: 'HR_TOO_MANY_CHILDREN',
          what: `one value became more than ${MAX_CHILDREN} children`,
          where: step.id,
          todo: 'A flatMap keeps the children of one value in memory until all are there. Use a source for data of any size.',
        });
      }
      children.push(child);
    }
    return children;
  }
}

/**
 * Windows on a larger array: what a loop has written is given away, and the next loop writes behind it. One allocation in
 * dozens of chunks instead of one in each (1 ns a record); a chunk that is held for long keeps its block of 128 KiB alive.
 */
class Block {
  #block: Int32Array | undefined;
  #at = 0;

  /** Room for so many, in a block of its own. */
  fresh(capacity: number): Int32Array {
    // The first is small: most loops of a run that is short never need a second.
    this.#block = new Int32Array(this.#block === undefined ? capacity : Math.max(BLOCK_ROWS, capacity));
    this.#at = 0;
    return this.#block.subarray(0, capacity);
  }

  /** Room for so many, behind the first `taken` of those that were given last. */
  behind(taken: number, capacity: number): Int32Array {
    this.#at += taken;
    if (this.#at + capacity > this.#block!.length) return this.fresh(capacity);
    return this.#block!.subarray(this.#at, this.#at + capacity);
  }
}

const BLOCK_ROWS = 32_768;
const NOTHING: readonly unknown[] = [];

/** What one value may become in a flatMap; an endless generator meets it instead of the end of memory. */
const MAX_CHILDREN = 1_048_576;

/** What a step emits, before anybody sees it. */
export class Scratch {
  values: unknown[] = [];
  count = 0;
  readonly emit = (out: unknown): void => {
    this.values[this.count++] = out;
  };
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

function copied(from: Int32Array, into: Int32Array): Int32Array {
  into.set(from);
  return into;
}
