/**
 * As much of a terminal as the panel uses: lines, wrapping at the last column, carriage return, cursor up, clear to the
 * end of the line or of the screen. What scrolls out at the top is kept, and cannot be reached by the cursor.
 */
export class Terminal {
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** `onlcr`: true when a newline is only that, as a program writes it and a tty would translate it. */
  write(text: string, onlcr = false): void {
    for (const [token] of text.matchAll(TOKEN)) {
      if (token === '\r') this.#column = 0;
      else if (token === '\n') this.#newline(onlcr);
      else if (token.length > 1 && token.startsWith('\x1b')) this.#control(token);
      else this.#put(token);
    }
  }

  /** All lines, those that have scrolled away too, without spaces at their ends and without empty lines at the end. */
  get lines(): readonly string[] {
    const lines = this.#lines.map((cells) =>
      Array.from(cells, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  #newline(onlcr: boolean): void {
    this.#row++;
    if (onlcr) this.#column = 0;
    this.#lines[this.#row] ??= [];
  }

  #put(letter: string): void {
    if (this.#column === this.#columns) this.#newline(true);
    this.#lines[this.#row]![this.#column++] = letter;
  }

  #control(token: string): void {
    const amount = Number(token.slice(2, -1)) || 0;
    if (token.endsWith('A')) this.#row = Math.max(this.#row - Math.max(1, amount), this.#lines.length - this.#rows, 0);
    if (token.endsWith('K') || token.endsWith('J')) this.#lines[this.#row]!.length = Math.min(this.#lines[this.#row]!.length, this.#column);
    if (token.endsWith('J')) this.#lines.length = this.#row + 1;
  }
}

/** An escape sequence, or one letter. */
const TOKEN = /\p{Cc}\[[0-9;?]*[A-Za-z]|[^]/gu;
