import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { Refuser } from './flow-host.ts';

/** What a run ends with when a sink broke. */
export function sinkError(by: Refuser, error: unknown, attempts: number): HeadraceError {
  if (isHeadraceError(error) && attempts === 1) return error;
  return new HeadraceError({
    code: 'HR_SINK_FAILED',
    what: `the sink refused what it was given${attempts > 1 ? ` ${attempts} times` : ''}: ${error instanceof Error ? error.message : String(error)}`,
    where: `${by.id}${by.line === undefined ? '' : ` at ${by.line}`}`,
    todo: 'Nothing written before is lost. Mend what the cause says and run again.',
    cause: error,
  });
}
