import type { Capture, Section, SectionWriter } from '../core/state.ts';
import type { Part } from './flow-host.ts';

/** What a closed part has left, for a checkpoint that others come after. */
export function keptOf(closing: Map<Part, readonly Capture[]>, part: Part): readonly Capture[] {
  const kept = (closing.get(part) ?? []).map((capture) => (capture instanceof KeptCapture ? capture : new KeptCapture(capture)));
  closing.set(part, kept);
  return kept;
}

/**
 * A capture can be written once, and what a part has left when it closed is in every checkpoint from there on: its bytes
 * are kept from the first time on. A checkpoint that can refer to the one before writes them once.
 */
class KeptCapture implements Capture {
  readonly #capture: Capture;
  #sections: (readonly [Section, Uint8Array])[] | undefined;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  async write(to: SectionWriter): Promise<void> {
    if (this.#sections !== undefined) {
      if (to.same?.(this.#sections.map(([section]) => section)) === true) return;
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
