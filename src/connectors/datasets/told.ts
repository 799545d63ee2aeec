import type { Headers } from '../../core/chunk.ts';
import type { Answer, Position, RefusedRecord, Resume } from '../../core/source.ts';
import type { Item } from './items.ts';

/** Gathers items into one answer. */
export class Told {
  #isBodies: boolean | undefined;
  readonly #entries: unknown[] = [];
  readonly #positions: Position[] = [];
  readonly #times: number[] = [];
  readonly #headers: (Headers | undefined)[] = [];
  readonly #refused: RefusedRecord[] = [];

  get count(): number {
    return this.#entries.length + this.#refused.length;
  }

  /** An answer holds values or bodies, and not both. */
  takes({ refused, isBody }: Item): boolean {
    return refused !== undefined || this.#isBodies === undefined || this.#isBodies === isBody;
  }

  add({ refused, isBody, entry, time, headers }: Item, position: Position): void {
    if (refused !== undefined) {
      this.#refused.push({ ...refused, position, before: this.#entries.length });
      return;
    }
    this.#isBodies = isBody;
    this.#entries.push(entry);
    this.#positions.push(position);
    if (time !== undefined) this.#times.push(time);
    this.#headers.push(headers);
  }

  answer(resume: Resume, end: boolean): Answer<unknown> {
    const entries = this.#entries;
    const times = this.#times;
    return {
      ...(this.#isBodies === true ? { bodies: entries as Uint8Array[] } : { values: entries }),
      positions: this.#positions,
      ...(times.length > 0 && times.length === entries.length ? { times } : {}),
      ...(this.#headers.some((each) => each !== undefined) ? { headers: this.#headers } : {}),
      ...(this.#refused.length > 0 ? { refused: this.#refused } : {}),
      resume,
      end,
    };
  }
}
