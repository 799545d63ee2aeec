import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Source } from '../core/source.ts';
import { Chain } from './chain.ts';
import { Draft, type EndOptions, type PipelineOptions } from './draft.ts';
import { type Plan, planOf } from './plan.ts';
import type { Stream } from './stream.ts';

/** A description of what becomes of records; it runs nothing. The first run or start freezes it. */
export interface Pipeline {
  readonly name: string;
  /** Begins a stream at a source. A pipeline may have several; `name` is what positions are kept under. */
  from<T>(source: Source<T>, options?: EndOptions): Stream<T>;
  /**
   * The records that operators refused with `onError: 'deadLetter'`, with their errors. A failure on this stream stops
   * the run, since there is no further place to put it.
   *
   * @example
   * ```ts
   * const strict = pipeline('strict', { onError: 'deadLetter' });
   * strict.from(values([1, 0, 4])).map((n) => (n === 0 ? fail('zero') : 8 / n)).to(print());
   * strict.deadLetters().to(print((letter) => `${letter.operator}: ${letter.error.what}`));
   * await run(strict);
   * // 8
   * // 2
   * // values/map: zero
   * ```
   */
  deadLetters(): Stream<DeadLetter>;
}

/**
 * Begins a pipeline. Its name appears in errors, metrics and folders of state.
 *
 * @example
 * ```ts
 * const hello = pipeline('hello')
 *   .from(values([3, 1, 4, 1, 5, 9, 2, 6]))
 *   .map((n) => n * n)
 *   .filter((n) => n > 10)
 *   .to(print());
 * await run(hello);
 * // 16
 * // 25
 * // 81
 * // 36
 * ```
 */
export function pipeline(name: string, options: PipelineOptions = {}): Pipeline {
  return new DraftPipeline(new Draft(name, options));
}

/** The plan of a pipeline; asking for it freezes the pipeline, and asking again answers the same one. */
export function planFor(described: Pipeline): Plan {
  if (!(described instanceof DraftPipeline)) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: 'what should run is no pipeline',
      todo: "Give run and start what pipeline('name') made; a stream ends with .to(sink), which answers its pipeline.",
    });
  }
  return described.plan();
}

export function isPipeline(value: unknown): value is Pipeline {
  return value instanceof DraftPipeline;
}

/** Has it been run, started or drawn already? */
export function isFrozen(described: Pipeline): boolean {
  return described instanceof DraftPipeline && described.isFrozen;
}

class DraftPipeline implements Pipeline {
  readonly #draft: Draft;
  #letters: Stream<DeadLetter> | undefined;
  #plan: Plan | undefined;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  get name(): string {
    return this.#draft.name;
  }

  from<T>(source: Source<T>, options: EndOptions = {}): Stream<T> {
    return new Chain<T>(this.#draft, this.#draft.add({ type: 'source', source, name: options.name }, []), this);
  }

  deadLetters(): Stream<DeadLetter> {
    this.#letters ??= new Chain<DeadLetter>(this.#draft, this.#draft.add({ type: 'letters' }, []), this);
    return this.#letters;
  }

  get isFrozen(): boolean {
    return this.#draft.isFrozen;
  }

  plan(): Plan {
    this.#plan ??= planOf(this.#draft);
    return this.#plan;
  }
}
