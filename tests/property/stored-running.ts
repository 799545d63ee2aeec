import { type Dying, dyingFiles } from '../../src/base/dying-files.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { type VirtualWorld, virtualWorld } from '../../src/base/virtual-world.ts';
import type { Sink } from '../../src/core/sink.ts';
import type { Source } from '../../src/core/source.ts';
import type { Pipeline } from '../../src/index.ts';
import { embedded, type EmbeddedOptions } from '../../src/runtime/embedded.ts';
import { start } from '../../src/runtime/run.ts';

/** A record of these tests, with times out of order by up to `DISORDER_MS`. */
export interface Fact {
  readonly id: number;
  readonly key: string;
  readonly at: number;
}

export const DISORDER_MS = 80;

export function factsOf(seed: string, records: number, keys: number): readonly Fact[] {
  const random = new SeededRandom(seed);
  const draw = (below: number): number => Math.floor(random.next() * below);
  return Array.from({ length: records }, (_, id) => ({ id, key: `k${draw(keys)}`, at: id * 10 - draw(DISORDER_MS) }));
}

/** What sinks outside keep, by their names, whatever becomes of the process. */
export class Outside {
  readonly committed: Record<string, string[]> = {};
  readonly #done = new Set<string>();

  sink(id: string): Sink<unknown> {
    const own = (this.committed[id] ??= []);
    const commit = (tokens: readonly string[]): void => {
      for (const token of tokens.filter((one) => !this.#done.has(`${id} ${one}`))) {
        this.#done.add(`${id} ${token}`);
        own.push(...(JSON.parse(token) as { readonly values: string[] }).values);
      }
    };
    return {
      kind: 'outside',
      id,
      delivery: 'twoPhase',
      open({ committed }) {
        let open: unknown[] = [];
        commit(committed);
        return {
          write: ({ values }) => void open.push(...values.map((value) => JSON.stringify(value))),
          prepare(n) {
            const token = JSON.stringify({ n, values: open });
            open = [];
            return token;
          },
          commit,
          close() {},
        };
      },
    };
  }
}

/** Reads of uneven sizes, a millisecond each, so that barriers find everything half done. */
function factSource(facts: readonly Fact[], world: () => VirtualWorld): Source<Fact> {
  return {
    kind: 'facts',
    id: 'facts',
    replay: true,
    partitions: () => [0],
    open(_partition, resume) {
      let next = (resume as number | undefined) ?? 0;
      return {
        async read() {
          await new Promise<void>((resolve) => void world().scheduler.after(1, resolve));
          const first = next;
          next = Math.min(facts.length, first + 1 + ((first * 7) % 23));
          return { values: facts.slice(first, next), positions: { first }, resume: next, end: next === facts.length };
        },
        close() {},
      };
    },
  };
}

export interface Life {
  readonly state: NonNullable<EmbeddedOptions['state']>;
  /** How long it lives, in virtual milliseconds; to the end of the data unless told. */
  readonly stopsAfterMs?: number;
  /** It is killed at so manieth change of the disk. */
  readonly dies?: { readonly at: number; readonly how: Dying; readonly powerCut: boolean };
}

export interface Lives {
  readonly make: (facts: Source<Fact>, outside: Outside) => Pipeline;
  readonly facts: readonly Fact[];
  readonly chunk?: number;
  readonly lives: readonly Life[];
}

/** One life behind the other on one disk; answers what was committed. */
export async function livedThrough({ make, facts, chunk = 16, lives }: Lives): Promise<Readonly<Record<string, readonly string[]>>> {
  const world = virtualWorld();
  const outside = new Outside();
  for (const { state, stopsAfterMs, dies } of lives) {
    const files = dies === undefined ? world.files : dyingFiles(world.files, dies.at, dies.how);
    const source = factSource(facts, () => world);
    try {
      const runtime = embedded({ world: { ...world, files }, dir: '/state', checkpointEvery: '7ms', chunk, state });
      const running = await start(make(source, outside), { runtime });
      if (stopsAfterMs === undefined) await world.until(running.done);
      else {
        await world.advance(stopsAfterMs);
        await world.until(running.stop());
      }
    } catch (error) {
      if (dies === undefined) throw error;
    }
    if (dies?.powerCut === true) world.files.powerCut();
  }
  return outside.committed;
}
