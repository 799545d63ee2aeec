import { HeadraceError } from '../core/error.ts';

export function closed(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_BUFFER_CLOSED',
    where,
    what: 'the buffer is closed and takes nothing more',
    todo: 'Write everything before close(), or ask isClosed first.',
  });
}

export function full(where: string, items: number, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_BUFFER_FULL',
    where,
    what: `the buffer is full with ${items} items of ${bytes} bytes`,
    todo: "Read faster, raise the options items or bytes, or let the writer wait with overflow: 'wait'.",
  });
}

export function undefinedItem(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_BUFFER_UNDEFINED',
    where,
    what: 'undefined was written, which a reader takes for the end',
    todo: 'Write null for nothing.',
  });
}

export function wrongSize(where: string, size: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    where: `${where}, option sizeOf`,
    what: `sizeOf answered ${String(size)} for an item`,
    todo: 'Answer a number of bytes, 0 or more.',
  });
}

export function crowded(where: string, waiting: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_BUFFER_CROWDED',
    where,
    what: `${waiting} calls are waiting already`,
    todo: 'Await each call before the next, so that waiting holds your program back; or raise the option waiters.',
  });
}
