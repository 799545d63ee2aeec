import type { Readable } from 'node:stream';
import { onAbort } from '../../base/abort.ts';
import { type Content, NO_BYTES } from './content.ts';
import { explain } from '../disk-errors.ts';

/** What comes through a stream. It is asked for more only when what came was taken, so the stream holds back its writer. */
export function streamContent(stream: Readable, where: string): Content {
  let failure: unknown;
  let isOver = stream.readableEnded || stream.destroyed;
  let wake: (() => void) | undefined;
  const ring = (): void => wake?.();
  const fail = (error: unknown): void => {
    failure = error;
    ring();
  };
  const end = (): void => {
    isOver = true;
    ring();
  };
  stream.on('readable', ring);
  stream.on('error', fail);
  stream.on('end', end);
  stream.on('close', end);

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        wake = undefined;
        off();
        resolve();
      };
      wake = done;
      const off = onAbort(signal, () => done());
    });
  }

  return {
    async next(signal) {
      for (;;) {
        const block = stream.read() as Uint8Array | string | null;
        if (block !== null && block.length > 0) return typeof block === 'string' ? Buffer.from(block) : block;
        if (failure !== undefined) throw explain(failure, where);
        if (isOver) return undefined;
        if (signal.aborted) return NO_BYTES;
        await wait(signal);
      }
    },
    async close() {
      stream.off('readable', ring).off('end', end).off('close', end);
      // An open pipe would keep the process alive, and one that fails later nobody hears.
      stream.destroy();
      ring();
    },
  };
}
