import { onAbort } from '../../base/abort.ts';
import type { FileWatch, World } from '../../core/world.ts';

/** A file or folder to be watched. A watch stays with what it found, so another one under that name is another. */
export interface Watched {
  readonly path: string;
  readonly identity?: string | undefined;
}

/** Rings when something changed on the disk, or when it is time to look anyway. Nobody who waits for it is busy. */
export class Bell {
  readonly #world: World;
  readonly #watches = new Map<string, FileWatch>();
  #isRung = false;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Watches these and nothing else. What cannot be watched is looked at when it is time. */
  async watch(all: readonly Watched[]): Promise<void> {
    const wanted = new Map(all.map(({ path, identity = '' }) => [`${identity} ${path}`, path]));
    for (const [key, watch] of this.#watches) {
      if (wanted.has(key)) continue;
      watch.close();
      this.#watches.delete(key);
    }
    for (const [key, path] of wanted) {
      if (this.#watches.has(key)) continue;
      const watch = await this.#world.files.watch(path, this.#ring).catch(() => undefined);
      if (watch === undefined) continue;
      if (this.#isClosed) watch.close();
      else this.#watches.set(key, watch);
      // It may have changed before the watch was there.
      this.#isRung = true;
    }
  }

  /** Waits until it rings, or for `ms`, or until the signal aborts; not at all where it has rung since the last wait. */
  wait(signal: AbortSignal, ms: number): Promise<void> {
    if (this.#isRung || signal.aborted || this.#isClosed) {
      this.#isRung = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = undefined;
        this.#isRung = false;
        timer.cancel();
        off();
        resolve();
      };
      const timer = this.#world.scheduler.after(ms, done);
      this.#wake = done;
      const off = onAbort(signal, () => done());
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
    this.#wake?.();
  }

  readonly #ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };
}
