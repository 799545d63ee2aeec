import type { Readable } from 'node:stream';

const MOST_LINES = 20;
const MOST_BYTES = 8 * 1024;

/** Passes what a worker writes to stderr on, and keeps its last lines for the error that its end may become. */
export class LastLines {
  #kept = '';

  constructor(from: Readable, to: { write(text: string): unknown }) {
    from.setEncoding('utf8');
    from.on('data', (text: string) => {
      this.#kept = (this.#kept + text).slice(-MOST_BYTES);
      to.write(text);
    });
  }

  get lines(): readonly string[] {
    const lines = this.#kept.split('\n').filter((line) => line.trim() !== '');
    return lines.slice(-MOST_LINES);
  }
}
