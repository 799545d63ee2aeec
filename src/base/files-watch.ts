import { watch } from 'node:fs';
import type { FileWatch } from '../core/world.ts';

/**
 * Watches the file and not its folder: a write in place tells both, and in a folder of many files each watcher would
 * be woken for all of them. The watch stays with the file it found, so one that takes its name later is not seen.
 *
 * The kernel keeps what it has not told yet, so the last change is never missed; it tells one that is the same as the
 * one before only once.
 */
export async function watchFile(path: string, changed: () => void): Promise<FileWatch> {
  let isTold = false;
  let isOpen = true;
  const tell = (): void => {
    if (isTold || !isOpen) return;
    isTold = true;
    // Many changes told in one turn of the event loop are one call; what comes while it runs is told again.
    setImmediate(() => {
      isTold = false;
      if (isOpen) changed();
    });
  };
  const watcher = watch(path, { persistent: false }, tell);
  // Watching fails late where the file or its disk goes away: who looks again finds that out.
  watcher.on('error', tell);
  return {
    close() {
      isOpen = false;
      watcher.close();
    },
  };
}
