import { HeadraceError, isHeadraceError } from '../../core/error.ts';

/** Says which stream failed, and keeps its error as the cause. */
export function explain(cause: unknown, where: string): HeadraceError {
  if (isHeadraceError(cause)) return cause;
  return new HeadraceError({
    code: 'HR_STREAM_FAILED',
    where,
    what: `the stream failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    todo: 'Look at the cause; a stream that has failed cannot be read or written again.',
    cause,
  });
}

export function closedEarly(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STREAM_CLOSED',
    where,
    what: 'the stream was closed before its end',
    todo: 'Find who destroys or closes it while the pipeline runs.',
  });
}
