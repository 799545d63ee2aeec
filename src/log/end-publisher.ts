import type { OpenFile } from '../core/world.ts';
import type { Channel } from './channel.ts';
import { type VisibleEnd, writeEnd } from './end-file.ts';

/**
 * Tells readers how far they may read: those of this process at once, the others through the end file. Nobody waits for
 * that write, since recovery does without the file; if another end comes in the meantime, only the last one is written.
 */
export class EndPublisher {
  readonly #file: OpenFile;
  readonly #channel: Channel;
  #last: VisibleEnd;
  #written: VisibleEnd;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(file: OpenFile, end: VisibleEnd, channel: Channel) {
    this.#file = file;
    this.#channel = channel;
    this.#last = end;
    this.#written = end;
    channel.publish(end);
  }

  /** Throws when an earlier end could not be written: readers of other processes wait in vain. */
  publish(end: VisibleEnd): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { position, segment, synced } = this.#last;
    if (position === end.position && segment === end.segment && synced === end.synced) return;
    this.#last = end;
    this.#channel.publish(end);
    this.#writing ??= this.#write();
  }

  /** Settles when the file says what was published last; throws if it could not be written. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #write(): Promise<void> {
    try {
      while (this.#written !== this.#last) {
        const end = this.#last;
        await writeEnd(this.#file, end);
        this.#written = end;
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#writing = undefined;
    }
  }
}
