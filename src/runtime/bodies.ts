import { Chunk, type Origin } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { FlowHost, Refuser } from './flow-host.ts';

/** Bodies to values, one by one, so that a bad one costs nobody else. */
export function decodeBodies(
  bodies: readonly Uint8Array[],
  origin: Origin,
  codec: Codec<unknown> | undefined,
  by: Refuser,
  host: Pick<FlowHost, 'refused'>,
): Chunk {
  const values: unknown[] = [];
  let rows: Int32Array | undefined;
  for (let i = 0; i < bodies.length; i++) {
    try {
      values.push(codec === undefined ? bodies[i] : codec.decode(bodies[i]!));
      if (rows !== undefined) rows[values.length - 1] = i;
    } catch (error) {
      rows ??= Int32Array.from({ length: bodies.length }, (_, row) => row);
      by.counters.errors++;
      if (host.refused(by, error, bodies[i], new OwnRecord(new Chunk([...bodies], origin), i))) break;
    }
  }
  return new Chunk(values, origin, { rows });
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
