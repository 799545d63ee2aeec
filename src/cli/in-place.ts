import type { PaintedLine } from './text-line.ts';

/** The part of a terminal that drawing in place uses. */
export interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * Lines at the bottom of what was printed, drawn over themselves. The cursor rests below the last of them, so whatever
 * the terminal echoes (`^C`) falls on a line that the next drawing clears.
 */
export class InPlace {
  readonly #write: (text: string) => void;
  readonly #screen: Screen;
  #drawn: readonly PaintedLine[] = [];

  constructor(screen: Screen, write: (text: string) => void) {
    this.#screen = screen;
    this.#write = write;
  }

  get isDrawn(): boolean {
    return this.#drawn.length > 0;
  }

  draw(lines: readonly PaintedLine[]): void {
    // Each line is overwritten and its rest cleared: clearing everything first would flicker.
    this.#write(`${this.#up()}${lines.map(({ text }) => `${text}\x1b[K\n`).join('')}\x1b[J`);
    this.#drawn = lines;
  }

  clear(): void {
    if (this.isDrawn) this.#write(`${this.#up()}\x1b[J`);
    this.#drawn = [];
  }

  /** To the first of the drawn lines. A window that became narrower has broken long lines in two. */
  #up(): string {
    const { columns = 80 } = this.#screen;
    const rows = this.#drawn.reduce((all, { width }) => all + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? '\r' : `\r\x1b[${rows}A`;
  }
}
