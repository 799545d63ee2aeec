import { abortable, onAbort } from '../base/abort.ts';
import type { Files, FileWatch, OpenFile } from '../core/world.ts';
import { type Channel, joinChannel, leaveChannel } from './channel.ts';
import { readEnd, type VisibleEnd } from './end-file.ts';
import { closed } from './log-errors.ts';

/**
 * Knows how far a partition can be read, and when that changes: from the writer of this process by a call, from one of
 * another process by the watched end file. Nobody asks again and again.
 */
export class EndWatcher {
  readonly #files: Files;
  readonly #folder: string;
  readonly #file: OpenFile;
  readonly #channel: Channel;
  #watch: FileWatch | undefined;
  #isClosed = false;

  private constructor(files: Files, folder: string, file: OpenFile) {
    this.#files = files;
    this.#folder = folder;
    this.#file = file;
    this.#channel = joinChannel(files, folder);
  }

  /** The end file must be there. */
  static async open(files: Files, folder: string): Promise<EndWatcher> {
    return new EndWatcher(files, folder, await files.open(`${folder}/end`, 'read'));
  }

  /** A writer of this process has the partition. */
  get hasWriter(): boolean {
    return this.#channel.end !== undefined;
  }

  /** Undefined when a process that has the partition has not yet said. */
  async look(): Promise<VisibleEnd | undefined> {
    return this.#channel.end ?? (await readEnd(this.#file, `${this.#folder}/end`));
  }

  /** Without a promise where a writer of this process tells it. */
  get known(): VisibleEnd | undefined {
    return this.#channel.end;
  }

  /** Settles when `isThere` holds for the end; rejects with the signal's reason, or when this is closed. */
  async until(isThere: (end: VisibleEnd | undefined) => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isClosed) throw closed(this.#folder);
      let wake = (): void => {};
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const leave = this.#channel.next(wake);
      const off = onAbort(signal, wake);
      try {
        if (!this.hasWriter) await abortable(this.#startWatch(), signal);
        // Only now: what changed before we listened would wake nobody.
        if (isThere(await this.look())) return;
        await changed;
      } catch (error) {
        throw this.#isClosed ? closed(this.#folder) : error;
      } finally {
        leave();
        off();
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    leaveChannel(this.#files, this.#folder, this.#channel);
    this.#channel.wake(); // One who waits here sees that it is closed.
    await this.#file.close();
  }

  async #startWatch(): Promise<void> {
    if (this.#watch !== undefined) return;
    const watch = await this.#files.watch(`${this.#folder}/end`, () => this.#channel.wake());
    // Two may have begun at once, or it was closed meanwhile.
    if (this.#isClosed || this.#watch !== undefined) watch.close();
    else this.#watch = watch;
  }
}
