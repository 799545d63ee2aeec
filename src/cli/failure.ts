import { inspect } from 'node:util';
import { isHeadraceError } from '../core/error.ts';
import { userFrame } from './user-frame.ts';

/** An error as the command line shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The line of the user that it comes from. */
  readonly frame: string | undefined;
  /** Lines of source that Node shows with an error of syntax. */
  readonly excerpt: string | undefined;
  /** What it comes from, outermost first, without what the message says already. */
  readonly because: readonly string[];
  /** Everything, for those who ask. */
  readonly stack: string;
}

const MOST_CAUSES = 5;

export function failureOf(error: unknown): Failure {
  const causes = causesOf(error);
  // What kept a module from loading has been put into other words; Node's own add nothing.
  const isTranslated = codeOf(error).startsWith('HR_MODULE_');
  const message = messageOf(error);
  const because: string[] = [];
  for (const cause of causes) {
    const text = messageOf(cause);
    if (!isTranslated && ![message, ...because].some((said) => said.includes(text))) because.push(`${codeOf(cause)}: ${text}`);
  }
  const chain = [error, ...causes];
  return {
    code: codeOf(error),
    message,
    frame: chain.map(userFrame).find((frame) => frame !== undefined),
    excerpt: chain.map(excerptOf).find((excerpt) => excerpt !== undefined),
    because,
    stack: inspect(error, { depth: 4 }),
  };
}

/** `code: message`, then the user's own line, then what it came from. */
export function failureText(failure: Failure, withStack: boolean): string {
  const lines = [`${failure.code}: ${withStack ? failure.stack.replace(/^HeadraceError: /, '') : failure.message}`];
  if (failure.excerpt !== undefined) lines.push(failure.excerpt);
  if (failure.frame !== undefined && !withStack) lines.push(`    at ${failure.frame}`);
  if (!withStack) for (const cause of failure.because) lines.push(`  because ${cause}`);
  return `${printable(lines.join('\n'))}\n`;
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  let at = error;
  while (at instanceof Error && at.cause !== undefined && causes.length < MOST_CAUSES) {
    at = at.cause;
    // Its members are in the message of the error around it.
    if (!(at instanceof AggregateError)) causes.push(at);
  }
  return causes;
}

function codeOf(error: unknown): string {
  if (isHeadraceError(error)) return error.code;
  if (!(error instanceof Error)) return 'Error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? `${error.name} without a message` : error.message;
  return typeof error === 'string' ? error : inspect(error, { depth: 1 });
}

/** Node begins the stack of a syntax error with the file, the line and a row of carets below the mistake. */
function excerptOf(error: unknown): string | undefined {
  if (!(error instanceof SyntaxError) || error.stack === undefined) return undefined;
  const end = error.stack.indexOf('\nSyntaxError');
  const [place, ...source] = error.stack.slice(0, Math.max(end, 0)).trimEnd().split('\n');
  if (place === undefined || source.length === 0) return undefined;
  return source.map((line) => `    ${line}`).join('\n');
}

/** A record may bring escape sequences into a message; they must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\u{fffd}');
}
