import { Chunk, type Origin } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { FlowHost, Refuser } from './flow-host.ts';

export interface DecodingOptions {
  /** Asked in front of each body whether something has stopped the run there. */
  readonly before?: ((body: number) => boolean) | undefined;
  /** Where a body stands, in words, where that is more than its codec knows. */
  readonly placeOf?: ((body: number) => string | undefined) | undefined;
  /** Which row of the origin each body is, where they are not all of them. */
  readonly rows?: Int32Array | undefined;
}

/** Bodies to values, one by one, so that a bad one costs nobody else. */
export function decodeBodies(
  bodies: readonly Uint8Array[],
  origin: Origin,
  codec: Pick<Codec<unknown>, 'decode'> | undefined,
  by: Refuser,
  host: Pick<FlowHost, 'refused'>,
  { before, placeOf, rows: rowsOf }: DecodingOptions = {},
): Chunk {
  const values: unknown[] = [];
  let rows = rowsOf?.slice();
  for (let i = 0; i < bodies.length; i++) {
    if (before?.(i) === true) break;
    try {
      values.push(codec === undefined ? bodies[i] : codec.decode(bodies[i]!));
      if (rows !== undefined) rows[values.length - 1] = rowsOf?.[i] ?? i;
    } catch (error) {
      rows ??= Int32Array.from({ length: bodies.length }, (_, row) => row);
      by.counters.errors++;
      const place = placeOf?.(i);
      const placed = place === undefined ? error : at(place, error);
      if (host.refused(by, placed, bodies[i], new OwnRecord(new Chunk([], origin), rowsOf?.[i] ?? i))) break;
    }
  }
  return new Chunk(values, origin, { rows });
}

/** What a codec says of a body, with the place where that stands. */
function at(where: string, error: unknown): unknown {
  if (!isHeadraceError(error)) return error;
  const { code, action, what, todo, cause } = error;
  return new HeadraceError({ code, action, where, what, todo, cause });
}

/** What a run ends with when a source broke. */
export function sourceError(by: Refuser, error: unknown): HeadraceError {
  if (isHeadraceError(error)) return error;
  return new HeadraceError({
    code: 'HR_SOURCE_FAILED',
    what: `the source failed: ${error instanceof Error ? error.message : String(error)}`,
    where: `${by.id}${by.line === undefined ? '' : ` at ${by.line}`}`,
    todo: 'What it had given before has gone its way. Mend what the cause says and run again.',
    cause: error,
  });
}
