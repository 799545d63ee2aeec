import { InternedKeys } from '../../base/key-table.ts';
import { Chunk } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { DeadLetter } from '../../core/letter.ts';
import { timeOf } from '../../core/record-of.ts';
import type { Station, StationHost, StationOperator } from '../../core/station.ts';
import { LetterOrigin } from '../letter-origin.ts';

export interface EntranceOptions {
  /** Only letters of this operator enter here. */
  readonly operator: string;
  /** It is a source; what it could not read lies in letters as bytes. */
  readonly isSource: boolean;
  /** Of a source: decodes what it could not. */
  readonly codec: Codec<unknown> | undefined;
  /** What comes here has keys, which the letters kept. */
  readonly isKeyed: boolean;
  readonly maxParallelism: number;
}

/** Where dead letters of one operator become the records again that it refused, with their ids, keys and times. */
export function entrance(options: EntranceOptions): StationOperator<DeadLetter, unknown> {
  return { kind: 'redrive', open: (host) => new Entrance(host, options) };
}

class Entrance implements Station<DeadLetter> {
  readonly #host: StationHost<unknown>;
  readonly #options: EntranceOptions;
  readonly #keys: InternedKeys | undefined;
  #waiting: Chunk | undefined;
  #isFinished = false;

  constructor(host: StationHost<unknown>, options: EntranceOptions) {
    this.#host = host;
    this.#options = options;
    this.#keys = options.isKeyed ? new InternedKeys({ where: host.operator, maxParallelism: options.maxParallelism }) : undefined;
  }

  get isFull(): boolean {
    return this.#waiting !== undefined || this.#isFinished;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    return this.#isFinished && this.#waiting === undefined;
  }

  process(chunk: Chunk<DeadLetter>): void {
    const letters: DeadLetter[] = [];
    const values: unknown[] = [];
    const times: number[] = [];
    for (let i = 0; i < chunk.values.length; i++) {
      const letter = chunk.values[i]!;
      if (letter.operator !== this.#options.operator) continue;
      try {
        values.push(this.#valueOf(letter));
        letters.push(letter);
        times.push(timeOf(chunk, i));
      } catch (error) {
        if (this.#host.refuse(error, chunk, i)) this.#isFinished = true;
        if (this.#isFinished) break;
      }
    }
    const keyIds = this.#keys === undefined ? undefined : Int32Array.from(letters, ({ key }) => this.#keys!.idOf(key ?? ''));
    const { control } = chunk;
    if (values.length === 0 && control === undefined) return;
    this.#waiting = new Chunk(values, new RedrivenOrigin(letters, times), { keys: this.#keys, keyIds }, control);
    this.advance();
  }

  advance(): void {
    if (this.#waiting === undefined || !this.#host.canEmit) return;
    const chunk = this.#waiting;
    this.#waiting = undefined;
    this.#host.emit(chunk);
  }

  finish(): void {
    this.#isFinished = true;
  }

  abort(): void {
    this.#waiting = undefined;
    this.#isFinished = true;
  }

  #valueOf(letter: DeadLetter): unknown {
    const { codec, isSource } = this.#options;
    if (letter.lost !== undefined) throw lost(letter);
    if (isSource && codec === undefined && letter.bytes !== undefined) throw undecodable(letter);
    if (codec !== undefined && letter.bytes !== undefined) return codec.decode(letter.bytes);
    return letter.bytes ?? letter.value;
  }
}

/** The record that a letter holds, where it was read. */
class RedrivenOrigin extends LetterOrigin {
  sourceAt(row: number): string {
    return this.letters[row]!.origin.source;
  }
  partitionAt(row: number): string {
    return this.letters[row]!.origin.partition;
  }
}

function lost({ lost: why, id }: DeadLetter): HeadraceError {
  return new HeadraceError({
    code: 'HR_LETTER_WITHOUT_VALUE',
    action: 'deadLetter',
    what: `the letter of record ${id} was kept without its value: ${why}`,
    todo: 'Give the stream in front of the operator a codec with .as(…); letters that are kept from then on have their values.',
  });
}

function undecodable({ id, operator }: DeadLetter): HeadraceError {
  return new HeadraceError({
    code: 'HR_LETTER_UNDECODABLE',
    action: 'deadLetter',
    what: `the letter of record ${id} holds bytes that ${operator} could not read, and it has no codec that reads a record by itself`,
    where: operator,
    todo: 'Mend the record where it was read and run over it again; the letter says where it stands.',
  });
}
