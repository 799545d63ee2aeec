import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import type { Key } from '../core/keys.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Stream } from '../pipeline/stream.ts';

/** A record that must leave a stage. The id is left out where the kit does not know how panes are named. */
export interface Expected {
  readonly value: unknown;
  readonly id?: string;
  readonly key?: Key;
}

/** A pipeline with a known answer, of which the kits run one stage. */
export interface StageCase {
  readonly name: string;
  /** The same every time: its functions are found by this name in any process. */
  build(): Pipeline;
  /** A node of the stage. */
  readonly at: string;
  /** How many sources it reads; the n-th brings `numbers(n)`. */
  readonly sources: number;
  /** By what records enter where the stage can be divided; absent where it cannot. */
  key?(value: number): Key;
  /** What leaves once the data is over, in the order in which it does within `order`. */
  answer(inputs: readonly (readonly number[])[]): readonly Expected[];
  /** Behind which records have one order: all of them, those of a key, or those of a source. */
  readonly order: 'all' | 'key' | 'source';
  /** The number of records that windows hold open at the end. */
  readonly hasWindows?: boolean;
  /** It makes watermarks of its own. */
  readonly makesTime?: boolean;
  /** How far the watermark behind it stays back. */
  readonly holdMs?: number;
}

/** How many records each source brings. */
export const RECORDS = 60;

/** The times of records are their positions, so many milliseconds apart. */
export const MS_APART = 10;

/** What comes from the n-th source. */
export function numbers(source: number): readonly number[] {
  return Array.from({ length: RECORDS }, (_, i) => source * 1000 + i);
}

/** How sources are called in every case. */
export function sourceName(source: number): string {
  return `numbers-${source}`;
}

export function idAt(source: number, position: number): string {
  return `${sourceName(source)}/0/${position}`;
}

export const keyOf = (n: number): string => `k${n % 7}`;

/** What the n-th source brings. */
export function from(plan: Pipeline, source = 0): Stream<number> {
  return plan.from(values<number>([]), { name: sourceName(source) });
}

export const ended = (stream: Stream<unknown>): Pipeline => stream.to(each(() => {}));
