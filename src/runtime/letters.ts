import { Chunk, type Headers, type Origin, type RecordInfo } from '../core/chunk.ts';
import type { DeadLetter } from '../core/letter.ts';
import { Outlet, type Push } from './edges.ts';

/** Collects refused records between two chunks and sends them down the dead-letter stream. */
export class Letters {
  readonly outlet: Outlet = new Outlet('dead letters', true);
  #letters: DeadLetter[] = [];
  #times: number[] = [];

  add(letter: DeadLetter, record: RecordInfo): void {
    this.#letters.push(letter);
    this.#times.push(record.eventTime);
  }

  post(wait: Push): Push {
    if (this.#letters.length === 0 || this.outlet.isFinished) return wait;
    const letters = this.#letters;
    const origin = new LetterOrigin(letters, this.#times);
    this.#letters = [];
    this.#times = [];
    const posted = this.outlet.push(new Chunk([...letters] as unknown[], origin));
    if (posted === undefined) return wait;
    return wait === undefined ? posted : Promise.all([wait, posted]).then(() => {});
  }
}

/** A dead letter is the record it holds: it keeps its id, origin and time. */
class LetterOrigin implements Origin {
  readonly source = 'dead letters';
  readonly partition = '0';
  readonly #letters: readonly DeadLetter[];
  readonly #times: readonly number[];

  constructor(letters: readonly DeadLetter[], times: readonly number[]) {
    this.#letters = letters;
    this.#times = times;
  }

  positionAt(row: number): string {
    return this.#letters[row]!.origin.position;
  }
  idAt(row: number): string {
    return this.#letters[row]!.id;
  }
  timeAt(row: number): number {
    return this.#times[row]!;
  }
  headersAt(_row: number): Headers | undefined {
    return undefined;
  }
}
