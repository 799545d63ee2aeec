import type { VirtualWorld } from '../base/virtual-world.ts';
import { HeadraceError } from '../core/error.ts';
import type { Answer, PartitionId, Source } from '../core/source.ts';
import { embeddedAs, type EmbeddedOptions } from './embedded.ts';
import type { Runtime } from './runtime.ts';
import { PlanStage } from './stages/plan-stage.ts';

/** What becomes of one partition, at milliseconds of virtual time: records with these times, or what happens to it. */
export type Script = readonly (readonly [atMs: number, what: readonly number[] | 'end' | 'lost' | 'found'])[];

export interface ScriptedOptions {
  readonly id?: string;
  readonly timed?: boolean;
  /** How a read waits: it says once that there is nothing and then waits; waits at once; or never does. */
  readonly waits?: 'told' | 'untold' | 'never';
}

/**
 * Partitions that live by a script: what is due is read, in the order of the script, whenever somebody asks. While one is
 * `lost` reads of it fail in a way that may pass.
 */
export function scripted(
  world: VirtualWorld,
  scripts: Readonly<Record<string, Script>>,
  { id = 'scripted', timed = false, waits = 'told' }: ScriptedOptions = {},
): Source<number> {
  return {
    kind: 'scripted',
    id,
    replay: true,
    ...(timed ? { timed } : {}),
    partitions: (): readonly PartitionId[] => Object.keys(scripts),
    open(partition, resume) {
      const script = scripts[String(partition)]!;
      const all = script.flatMap(([atMs, what]) => (typeof what === 'string' ? [] : what.map((time) => ({ atMs, time }))));
      let next = Number(resume ?? 0);
      let hasSaidEnd = false;
      const now = (): number => world.clock.monotonic();
      const happened = (what: string): number =>
        script.findLast(([atMs, one]) => one === what && atMs <= now())?.[0] ?? Number.NEGATIVE_INFINITY;
      const answer = (limit: number): Answer<number> => {
        const isDue = all.slice(next, next + limit).filter(({ atMs }) => atMs <= now());
        const first = next;
        next += isDue.length;
        if (isDue.length > 0) hasSaidEnd = false;
        const values = isDue.map(({ time }) => time);
        const end = next === all.length && happened('end') > Number.NEGATIVE_INFINITY;
        return { values, positions: { first }, resume: next, end, ...(timed ? { times: values } : {}) };
      };
      const later = (limit: number, signal: AbortSignal): Promise<Answer<number>> =>
        new Promise((resolve, reject) => {
          const then = script.map(([atMs]) => atMs).find((atMs) => atMs > now());
          const go = (): void => {
            timer?.cancel();
            signal.removeEventListener('abort', go);
            hasSaidEnd &&= happened('lost') <= happened('found');
            if (happened('lost') > happened('found')) reject(lost(id));
            else resolve(answer(limit));
          };
          const timer = then === undefined ? undefined : world.scheduler.after(then - now(), go);
          signal.addEventListener('abort', go, { once: true });
        });
      return {
        read(limit, signal) {
          if (happened('lost') > happened('found')) return Promise.reject(lost(id));
          const read = answer(limit);
          if (read.values!.length > 0 || read.end === true || waits === 'never' || signal.aborted) return read;
          if (waits === 'untold' || hasSaidEnd) return later(limit, signal);
          hasSaidEnd = true;
          return read;
        },
        close() {},
      };
    },
  };
}

function lost(where: string): HeadraceError {
  return new HeadraceError({ code: 'HR_SOURCE_FAILED', action: 'reconnect', what: 'nobody answers', where, todo: 'Wait.' });
}

/** Runs in one piece, or as stages in this process. */
export function piecesOf(
  world: VirtualWorld,
  parallelism: number,
  options: Pick<EmbeddedOptions, 'dir' | 'chunk' | 'memory'> = {},
): Runtime {
  return embeddedAs({ world, ...options }, (plan, { codegen, chunkLimit, budget }) =>
    parallelism === 1
      ? undefined
      : {
          parallelism,
          makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen, chunkLimit, budget, counters }),
        },
  );
}
