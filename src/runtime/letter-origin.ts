import type { Headers, Origin } from '../core/chunk.ts';
import type { DeadLetter } from '../core/letter.ts';

/** A dead letter is the record it holds: it keeps its id, origin and time. */
export class LetterOrigin implements Origin {
  readonly source: string = 'dead letters';
  readonly partition: string = '0';
  protected readonly letters: readonly DeadLetter[];
  readonly #times: readonly number[];

  constructor(letters: readonly DeadLetter[], times: readonly number[]) {
    this.letters = letters;
    this.#times = times;
  }

  positionAt(row: number): string {
    return this.letters[row]!.origin.position;
  }
  idAt(row: number): string {
    return this.letters[row]!.id;
  }
  timeAt(row: number): number {
    return this.#times[row]!;
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}
