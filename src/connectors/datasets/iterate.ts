import type { Codec } from '../../core/codec.ts';
import type { Reader, SourceContext } from '../../core/source.ts';
import type { World } from '../../core/world.ts';

/** How many records are read at once. */
const LIMIT = 1024;

/** The values of a reader, one by one; a record that was refused, or cannot be decoded, throws. */
export async function* iterate<T>(
  codec: Codec<T> | undefined,
  open: (context: SourceContext) => Promise<Reader<T>>,
  world: World,
): AsyncGenerator<T, void, undefined> {
  const reading = new AbortController();
  const { signal } = reading;
  const reader = await open({ world, signal });
  try {
    for (;;) {
      const { values, bodies, refused = [], end } = await reader.read(LIMIT, signal);
      const entries: readonly unknown[] = values ?? bodies ?? [];
      const [bad] = refused;
      for (const [at, entry] of entries.entries()) {
        if (bad !== undefined && bad.before <= at) throw bad.error;
        yield (bodies === undefined ? entry : codec!.decode(entry as Uint8Array)) as T;
      }
      if (bad !== undefined) throw bad.error;
      if (end === true) return;
      // A source that has nothing just now lets others go on.
      if (entries.length === 0) await new Promise<void>((go) => world.scheduler.soon(go));
    }
  } finally {
    reading.abort();
    await reader.close();
  }
}
