/** A stream whose writes can be watched, as process.stdout. */
export interface WatchedStream {
  write: (...args: never[]) => boolean;
}

/**
 * Calls `before` and `after` around every write of anybody, so that a panel can step aside. `after` learns whether the
 * text ended its line. Answers how to stop watching.
 */
export function watchOutput(streams: readonly WatchedStream[], before: () => void, after: (endsLine: boolean) => void): () => void {
  const undo = streams.map((stream) => {
    const write = stream.write;
    const watched = (...args: never[]): boolean => {
      const text: unknown = args[0];
      if (!isText(text) || text.length === 0) return write.apply(stream, args);
      before();
      const hasRoom = write.apply(stream, args);
      after(text.at(-1) === '\n' || text.at(-1) === 10);
      return hasRoom;
    };
    stream.write = watched;
    return () => {
      // Somebody may have put a watch of their own on top, which must stay.
      if (stream.write === watched) stream.write = write;
    };
  });
  return () => {
    for (const restore of undo) restore();
  };
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}
