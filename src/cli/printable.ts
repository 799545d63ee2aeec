const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What moves the cursor, colours, or turns the direction of what stands around it; a tab does no harm. */
const HARMFUL = /(?!\t)[\p{Cc}\u{2028}\u{2029}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text of somebody else on one line of a terminal: what would do something to the terminal is shown as the escape that
 * JSON has for it. In the lines of JSON these escapes mean the same as what they stand for.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, (letter) => SHORT[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text of bytes that are UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const MOST_HEX = 256;

/** Bytes for eyes: as text where they are UTF-8, else as hexadecimal digits with a length. */
export function bytesText(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== undefined) return printable(text);
  const hex = Buffer.from(bytes.subarray(0, MOST_HEX)).toString('hex');
  return `<${bytes.length} bytes> ${hex}${bytes.length > MOST_HEX ? '…' : ''}`;
}

/** Text cut to so many letters. */
export function cutTo(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

/** Lines of cells: all but the last cell of a line as wide as the widest of their column. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) row.slice(0, -1).forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const padded = (cell: string, i: number, row: readonly string[]): string => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!));
  return rows.map((row) => `${indent}${row.map(padded).join('  ').trimEnd()}\n`).join('');
}

/** Milliseconds since 1970 as people read them, also where no calendar has such a day. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

/** Writes to stdout and settles when it has gone out; false once nobody reads it any more, as after `| head`. */
export function say(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => resolve(error === undefined || error === null));
  });
}
