import type { Duplex } from 'node:stream';
import { FrameReader, frameHead } from './frames.ts';
import { Arrivals, type Ending, partsOf, type Transport } from './transport.ts';

/**
 * Messages over a stream of bytes: the pipe to a child process, or a Unix socket.
 *
 * @example
 * ```ts
 * import { duplexPair } from 'node:stream';
 * const [near, far] = duplexPair();
 * streamTransport(far).onMessage((message) => console.log(Buffer.from(message).toString()));
 * await streamTransport(near).send(Buffer.from('hello'));
 * // hello
 * ```
 */
export function streamTransport(stream: Duplex, largest?: number): Transport {
  const arrivals = new Arrivals();
  const frames = new FrameReader(largest);
  let error: unknown;
  let isEnding = false;
  stream.on('error', (caught) => {
    error ??= caught;
  });
  stream.once('end', () => stream.end()); // A line in one direction is none.
  stream.once('close', () => arrivals.close(ending(error, frames.isBetween)));
  return {
    send(message) {
      const parts = partsOf(message);
      const head = frameHead(parts, largest);
      if (isEnding || stream.destroyed || stream.writableEnded) return undefined; // Whoever sends is told by onClose.
      stream.cork();
      stream.write(head);
      for (const part of parts) stream.write(part);
      stream.uncork();
      return stream.writableNeedDrain ? drained(stream) : undefined;
    },
    onMessage(receive) {
      arrivals.onMessage(receive);
      stream.on('data', (piece: Uint8Array) => {
        try {
          // No Buffer: what is decoded from it would be Buffers too, which are not what a value was before.
          frames.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.length), (message) => arrivals.message(message));
        } catch (caught) {
          error ??= caught;
          stream.destroy();
        }
      });
    },
    onClose: (closed) => arrivals.onClose(closed),
    close(how) {
      isEnding = true;
      if (how === 'now') stream.destroy();
      else stream.end();
    },
  };
}

function ending(cause: unknown, isWhole: boolean): Ending {
  if (cause !== undefined) return { how: 'lost its connection', cause };
  return { how: isWhole ? 'closed its connection' : 'closed its connection within a message' };
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle);
      stream.off('close', settle);
      resolve();
    };
    stream.on('drain', settle);
    stream.on('close', settle);
  });
}
