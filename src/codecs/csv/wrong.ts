/** Why a row is refused; becomes an error with its place in the file. */
export class Wrong {
  readonly code: `HR_${string}`;
  readonly what: string;
  readonly todo: string;
  readonly cause: unknown;

  constructor(code: `HR_${string}`, what: string, todo: string, cause?: unknown) {
    this.code = code;
    this.what = what;
    this.todo = todo;
    this.cause = cause;
  }
}

const SHOWN = 40;

/** A text in quotes for a message, cut where it is long. */
export function shown(text: string): string {
  return text.length > SHOWN
    ? `${JSON.stringify(text.slice(0, SHOWN).toWellFormed())} and ${text.length - SHOWN} more`
    : JSON.stringify(text.toWellFormed());
}
