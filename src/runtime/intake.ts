import { Chunk, slice } from '../core/chunk.ts';
import { ColumnRows, type RowMaker } from '../core/column-rows.ts';
import { OwnRecord } from '../core/record-of.ts';
import { type Answer, countOf, type RefusedRecord, type Resume, type Source } from '../core/source.ts';
import { decodeBodies } from './bodies.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { ReadOrigin } from './read-origin.ts';

export interface IntakeOptions {
  readonly source: Source<unknown>;
  readonly partition: string;
  readonly by: Refuser;
  readonly host: Pick<FlowHost, 'refused'>;
  /** Bodies are decoded further down. */
  readonly isRaw: boolean;
  /** Makes rows of columns for those who want rows. */
  readonly rows: RowMaker;
}

/** Makes chunks of what is read of one partition, and refuses in their place what is no record. */
export class Intake {
  readonly #options: IntakeOptions;
  /** Reads in a row that brought nothing but the news of a bad record. */
  #unread = 0;
  /** A record was refused with `stop`: nothing that comes after it may pass. */
  isCut = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** The records of a read, up to the one with which the run stops. */
  chunk(answer: Answer<unknown>, readAtMs: number): Chunk {
    const { by, partition } = this.#options;
    this.#unread = 0;
    by.counters.in += countOf(answer);
    const chunk = this.#records(answer, new ReadOrigin(by.id, partition, answer, readAtMs));
    by.counters.out += chunk.length;
    return chunk;
  }

  /** The source threw instead of naming the record, which so stands behind all that was read. */
  unread(error: unknown, resume: Resume): void {
    const place = `behind ${resume ?? 'nothing'}`;
    this.#refuse({ position: this.#unread === 0 ? place : `${place}, ${this.#unread} later`, error });
    this.#unread++;
  }

  #records(answer: Answer<unknown>, origin: ReadOrigin): Chunk {
    const { source, isRaw, rows } = this.#options;
    const { values, bodies, columns, refused = [] } = answer;
    if (bodies !== undefined && !isRaw) return this.#decoded(bodies, refused, origin, answer.lines);
    const given = isRaw ? values?.map((value) => raw(value, source)) : values;
    const chunk = new Chunk<unknown>(given ?? bodies ?? new ColumnRows(columns!, rows), origin);
    for (const one of refused) {
      if (this.#refuse(one)) return slice(chunk, 0, Math.min(chunk.length, one.before));
    }
    return chunk;
  }

  /** Bodies that cannot be decoded and records that were refused by the source, in the order in which they stand. */
  #decoded(
    bodies: readonly Uint8Array[],
    refused: readonly RefusedRecord[],
    origin: ReadOrigin,
    lines: ArrayLike<number> | undefined,
  ): Chunk {
    const { source, by, host } = this.#options;
    let told = 0;
    const tellBefore = (body: number): boolean => {
      for (; !this.isCut && told < refused.length && refused[told]!.before <= body; told++) this.#refuse(refused[told]!);
      return this.isCut;
    };
    const heard: Pick<FlowHost, 'refused'> = {
      refused: (...record) => {
        if (host.refused(...record)) this.isCut = true;
        return this.isCut;
      },
    };
    const chunk = decodeBodies(bodies, origin, source.codec, by, heard, {
      before: refused.length === 0 ? undefined : tellBefore,
      placeOf: lines === undefined ? undefined : (body) => `${source.id}, line ${lines[body]}, position ${origin.positionAt(body)}`,
    });
    if (!this.isCut) tellBefore(Number.POSITIVE_INFINITY);
    return chunk;
  }

  #refuse({ position, error, bytes, isCut }: Refusal): boolean {
    const { by, host, partition } = this.#options;
    by.counters.in++;
    by.counters.errors++;
    const record = new OwnRecord(new Chunk([], new ReadOrigin(by.id, partition, { positions: [position] })), 0);
    if (host.refused(by, error, bytes, record, lostOf(bytes, isCut))) this.isCut = true;
    return this.isCut;
  }
}

interface Refusal extends Pick<RefusedRecord, 'position' | 'bytes' | 'isCut'> {
  readonly error: unknown;
}

function lostOf(bytes: Uint8Array | undefined, isCut: boolean | undefined): string | undefined {
  if (bytes === undefined) return 'the source gave nothing of it';
  return isCut === true ? `only its first ${bytes.length} bytes were kept` : undefined;
}

/** Further down bytes are decoded and all else is a value; so that a value of bytes comes out as it is, it goes in encoded. */
function raw(value: unknown, { codec }: Source<unknown>): unknown {
  return value instanceof Uint8Array && codec !== undefined ? codec.encode(value) : value;
}
