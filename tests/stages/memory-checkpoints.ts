import type { Section } from '../../src/core/state.ts';
import type { CheckpointContent, Checkpoints, StoredCheckpoint } from '../../src/state/checkpoints.ts';

/** Checkpoints that outlive runs and not the process. */
export class MemoryCheckpoints implements Checkpoints {
  #newest: StoredCheckpoint | undefined;
  taken = 0;

  async latest(): Promise<StoredCheckpoint | undefined> {
    return this.#newest;
  }
  async write(n: number, content: CheckpointContent, captures: Parameters<Checkpoints['write']>[2]): Promise<void> {
    const sections = new Map<Section, Uint8Array>();
    for (const capture of captures) await capture.write({ section: (section, bytes) => void sections.set(section, bytes) });
    const read = (section: Section): Uint8Array => sections.get(section)!;
    this.#newest = { ...content, n, sections: { list: () => [...sections.keys()], read } };
    this.taken++;
  }
  async takeBack(): Promise<void> {}
  async committed(): Promise<void> {}
  async close(): Promise<void> {}
}
