/** What the runtime does about an error of a connector. */
export type ErrorAction = 'retry' | 'reconnect' | 'deadLetter' | 'stop';

export interface ErrorParts {
  /** Never changes once published; every code has a heading in docs/errors.md. */
  readonly code: `HR_${string}`;
  /** What happened, without a full stop. */
  readonly what: string;
  /** What the reader of the message can do about it, in full sentences. */
  readonly todo: string;
  /** The operator, file, partition or position it happened at. */
  readonly where?: string | undefined;
  readonly action?: ErrorAction;
  readonly cause?: unknown;
  /** Of several values given at once: the index of the one that failed. Those before it were taken. */
  readonly member?: number;
}

/**
 * An error that says what happened, where, and what to do about it.
 *
 * @example
 * ```ts
 * const error = new HeadraceError({ code: 'HR_UNIT_INVALID', what: "'5 sec' is not a duration", where: 'option within', todo: "Write '5s'." });
 * console.log(error.message); // '5 sec' is not a duration (option within). Write '5s'.
 * console.log(error.code, error.action); // HR_UNIT_INVALID stop
 * ```
 */
export class HeadraceError extends Error {
  readonly code: `HR_${string}`;
  readonly action: ErrorAction;
  readonly #parts: ErrorParts;

  constructor(parts: ErrorParts) {
    const place = parts.where === undefined ? '' : ` (${parts.where})`;
    const limit = Error.stackTraceLimit;
    // Of a bad record there may be thousands a second, and its place is in the input: a stack would be most of its cost (14 us).
    if (parts.action === 'deadLetter') Error.stackTraceLimit = 0;
    super(`${parts.what}${place}. ${parts.todo}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    Error.stackTraceLimit = limit;
    this.code = parts.code;
    this.action = parts.action ?? 'stop';
    this.#parts = parts;
  }

  // These are in the message already; a printed error should not say everything twice. So they are no members of its own,
  // which is also made in a quarter of the time that hiding them took.

  override get name(): string {
    return 'HeadraceError';
  }
  get what(): string {
    return this.#parts.what;
  }
  get where(): string | undefined {
    return this.#parts.where;
  }
  get todo(): string {
    return this.#parts.todo;
  }
  get member(): number | undefined {
    return this.#parts.member;
  }
}

/** Does it carry one of these codes, ours or one of the system (`ENOENT`)? */
export function hasCode(error: unknown, ...codes: readonly string[]): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Is this one of ours, with a code and an action? Also true for an error of another copy of the package. */
export function isHeadraceError(error: unknown): error is HeadraceError {
  return error instanceof Error && error.name === 'HeadraceError' && 'code' in error && 'action' in error;
}

/** Does an error of ours say that the same call may work later? */
export function mayPassLater(error: unknown): boolean {
  return isHeadraceError(error) && (error.action === 'retry' || error.action === 'reconnect');
}

/** A bug of ours, not of the user: says which invariant broke and stops. */
export function assert(holds: boolean, invariant: string): asserts holds {
  if (!holds)
    throw new AssertionError(`Headrace broke its own rule: ${invariant}. This is a bug of Headrace; please report it with this stack.`);
}

class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
