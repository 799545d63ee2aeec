import { inspect } from 'node:util';
import { type ErrorParts, HeadraceError, isHeadraceError } from '../../core/error.ts';

/** An error as it crosses to another process: what it says and where it was thrown, without its class. */
interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Of the errors of Node and of libraries too. */
  readonly code?: string | undefined;
  readonly ours?: Omit<ErrorParts, 'cause' | 'code'> | undefined;
  readonly cause?: ErrorText | undefined;
}

// A chain of causes is bounded: each names the one below it, and a ring of them would never end.
const DEEPEST = 8;

/**
 * Writes an error so that `readError` gives back what people and the runtime look at: code, what, where, todo, action,
 * the stack of the worker, and the causes.
 *
 * @example
 * ```ts
 * const error = readError(writeError(new TypeError('x is not a function')));
 * console.log(error instanceof Error, String(error)); // true TypeError: x is not a function
 * ```
 */
export function writeError(error: unknown): string {
  return JSON.stringify(textOf(error, 0));
}

export function readError(text: string): Error {
  return errorOf(JSON.parse(text) as ErrorText);
}

function textOf(error: unknown, depth: number): ErrorText {
  if (!(error instanceof Error)) return { name: 'Error', message: `a value that is no error was thrown: ${shown(error)}` };
  const { message, stack, cause } = error;
  const code: unknown = (error as { readonly code?: unknown }).code;
  return {
    name: String(error.name),
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    code: typeof code === 'string' ? code : undefined,
    ours: isHeadraceError(error) ? partsOf(error) : undefined,
    cause: cause === undefined || depth === DEEPEST ? undefined : textOf(cause, depth + 1),
  };
}

function partsOf({ what, todo, where, action, member }: HeadraceError): NonNullable<ErrorText['ours']> {
  return { what, todo, where, action, ...(member === undefined ? {} : { member }) };
}

function errorOf(text: ErrorText): Error {
  const cause = text.cause === undefined ? undefined : errorOf(text.cause);
  const error =
    text.ours === undefined
      ? foreign(text, cause)
      : new HeadraceError({ ...text.ours, code: text.code as HeadraceError['code'], ...(cause === undefined ? {} : { cause }) });
  if (text.stack !== undefined) error.stack = text.stack;
  return error;
}

function foreign(text: ErrorText, cause: Error | undefined): Error {
  const error = new Error(text.message, cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'name', { value: text.name, configurable: true, writable: true });
  if (text.code !== undefined) Object.assign(error, { code: text.code });
  return error;
}

// What was thrown is the user's: showing it may throw again.
function shown(value: unknown): string {
  try {
    return inspect(value, { depth: 2 }).slice(0, 1000);
  } catch {
    return `a ${typeof value}`;
  }
}
