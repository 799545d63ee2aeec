import type { Capture, Section, SectionWriter } from '../../core/state.ts';

/** What a capture needs of the line: to have the sections of `checkpoint` (undefined: the closing ones) sent, or dropped. */
export interface CaptureLine {
  fetch(checkpoint: number | undefined, inlet: SectionInlet): Promise<void>;
  drop(checkpoint: number): void;
}

/**
 * What a barrier marked in a worker. Its sections stay there until somebody writes them, and come one after the other as
 * the writer takes them, so that the host never holds the state of a worker in memory.
 */
export class RemoteCapture implements Capture {
  readonly #line: CaptureLine;
  readonly #checkpoint: number | undefined;
  #isSpent = false;

  constructor(line: CaptureLine, checkpoint: number | undefined) {
    this.#line = line;
    this.#checkpoint = checkpoint;
  }

  async write(to: SectionWriter): Promise<void> {
    this.#isSpent = true;
    const inlet = new SectionInlet(to);
    await this.#line.fetch(this.#checkpoint, inlet);
    await inlet.written();
  }

  drop(): void {
    if (this.#isSpent) return;
    this.#isSpent = true;
    if (this.#checkpoint !== undefined) this.#line.drop(this.#checkpoint);
  }
}

/** Gives the sections that arrive to a writer that takes one at a time. */
export class SectionInlet {
  readonly #to: SectionWriter;
  #last: Promise<void> = Promise.resolve();
  #error: unknown;
  #isFailed = false;

  constructor(to: SectionWriter) {
    this.#to = to;
  }

  /** `taken` is called in any case: the worker must come to its end although the writer has failed. */
  add(section: Section, bytes: Uint8Array, taken: () => void): void {
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#isFailed) await this.#to.section(section, bytes);
      } catch (error) {
        this.#isFailed = true;
        this.#error = error;
      }
      taken();
    });
  }

  async written(): Promise<void> {
    await this.#last;
    if (this.#isFailed) throw this.#error;
  }
}
