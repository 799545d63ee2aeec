import type { Capture, Section, SectionWriter } from '../core/state.ts';

/**
 * What a part left when it closed, for more than one checkpoint: a capture can be written once, and every checkpoint
 * from here on needs this one. The bytes are kept from the first time on.
 */
export class KeptCapture implements Capture {
  readonly #capture: Capture;
  #sections: (readonly [Section, Uint8Array])[] | undefined;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  async write(to: SectionWriter): Promise<void> {
    if (this.#sections !== undefined) {
      for (const [section, bytes] of this.#sections) await to.section(section, bytes);
      return;
    }
    const sections: (readonly [Section, Uint8Array])[] = [];
    await this.#capture.write({
      section(section, bytes) {
        sections.push([section, bytes.slice()]);
        return to.section(section, bytes);
      },
    });
    this.#sections = sections;
  }

  drop(): void {
    if (this.#sections === undefined) this.#capture.drop();
  }
}
