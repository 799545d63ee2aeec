import { strict as assert } from 'node:assert';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realWorld } from '../base/real-world.ts';
import type { Files } from '../core/world.ts';
import { embedded } from '../runtime/embedded.ts';
import type { RunReport } from '../runtime/report.ts';
import type { Run, RunOptions, Runtime } from '../runtime/runtime.ts';
import { type Promised, soon } from './kit.ts';
import { type RuntimeCase, runtimeCases } from './runtime-cases.ts';
import { Outside, type Row } from './runtime-outside.ts';

export interface RuntimeSettings {
  /** Where it keeps what must survive the process. */
  readonly dir: string;
  /** How often it takes a checkpoint by itself. */
  readonly checkpointEvery: number | '1h';
}

export type MakeRuntime = (settings: RuntimeSettings) => Runtime | Promise<Runtime>;

/** A case with a folder and the outside world it writes to; both survive its runs. */
export class Lives {
  readonly of: RuntimeCase;
  readonly outside: Outside = new Outside();
  readonly dir: string;
  readonly patienceMs: number;
  readonly #make: MakeRuntime;
  readonly #runs: Run[] = [];

  constructor(of: RuntimeCase, make: MakeRuntime, patienceMs: number) {
    this.of = of;
    this.#make = make;
    this.patienceMs = patienceMs;
    this.dir = join(tmpdir(), `headrace-kit-${Math.floor(realWorld().random.next() * 1e12)}`);
  }

  /** A process begins: the pipeline is built anew, and so is the runtime. */
  async start(options: RunOptions = {}, checkpointEvery: RuntimeSettings['checkpointEvery'] = '1h'): Promise<Run> {
    const runtime = await this.#make({ dir: this.dir, checkpointEvery });
    const starting = runtime.start(this.of.build(this.outside), { module: moduleOf(this.of.name), signals: false, ...options });
    const running = await soon(starting, 'a run starts', this.patienceMs);
    running.done.catch(() => {}); // The check looks at it when it gets there.
    this.#runs.push(running);
    return running;
  }

  /** Starts and waits for the end. */
  async run(options: RunOptions = {}, checkpointEvery?: RuntimeSettings['checkpointEvery']): Promise<RunReport> {
    return await this.ended(await this.start(options, checkpointEvery));
  }

  ended(running: Run): Promise<RunReport> {
    return soon(running.done, 'the run ends', this.patienceMs);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#runs.map((running) => running.stop(1)));
    await removeFolder(realWorld().files, this.dir);
  }
}

/** Runs a check on every case, each with a folder of its own, and clears up behind it. */
export function eachCase(
  check: (lives: Lives) => Promise<void>,
  cases: readonly RuntimeCase[] = runtimeCases,
): Promised<MakeRuntime>['check'] {
  return async (make, patienceMs) => {
    for (const of of cases) {
      const lives = new Lives(of, await make(), patienceMs);
      try {
        await check(lives);
      } catch (error) {
        throw new assert.AssertionError({ message: `case '${of.name}': ${error instanceof Error ? error.message : String(error)}` });
      } finally {
        await lives.close();
      }
    }
  };
}

/** What the case writes when it runs in one piece, undisturbed. */
export async function undisturbed(of: RuntimeCase): Promise<Outside> {
  const outside = new Outside();
  const running = await embedded().start(of.build(outside), {});
  await running.done;
  return outside;
}

/** Every record once in each sink, whatever the order. */
export function sameRows(actual: Outside, expected: Outside): void {
  assert.deepEqual(bySink(actual, sorted), bySink(expected, sorted));
}

/** The same, and each key in its order, in the sinks to which one way leads. */
export function sameOrder({ manyWays = [] }: RuntimeCase, actual: Outside, expected: Outside): void {
  const order = (rows: readonly Row[], sink: string): unknown => (manyWays.includes(sink) ? sorted(rows) : byKey(rows));
  assert.deepEqual(bySink(actual, order), bySink(expected, order));
}

function bySink(outside: Outside, of: (rows: readonly Row[], sink: string) => unknown): Readonly<Record<string, unknown>> {
  const sinks = [...outside.committed].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sinks.map(([sink, rows]) => [sink, of(rows, sink)]));
}

function sorted(rows: readonly Row[]): readonly string[] {
  return rows.map(({ id, key, text }) => `${id} ${JSON.stringify(key)} ${text}`).sort();
}

function byKey(rows: readonly Row[]): Readonly<Record<string, readonly string[]>> {
  const lists: Record<string, string[]> = {};
  // Without a key the order is that of the partition, which is where an id begins.
  for (const { id, key, text } of rows) (lists[key === undefined ? partitionOf(id) : JSON.stringify(key)] ??= []).push(`${id} ${text}`);
  return Object.fromEntries(Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function partitionOf(id: string): string {
  return id.split('/').slice(0, 2).join('/');
}

/** The address of the module whose default export is the pipeline of a case. */
function moduleOf(name: string): URL {
  const file = import.meta.url.endsWith('.ts') ? './runtime-case-module.ts' : './runtime-case-module.js';
  const url = new URL(file, import.meta.url);
  url.searchParams.set('case', name);
  return url;
}

async function removeFolder(files: Files, path: string): Promise<void> {
  try {
    for (const name of await files.list(path)) {
      const entry = join(path, name);
      if ((await files.stat(entry))?.isFolder === true) await removeFolder(files, entry);
      else await files.remove(entry);
    }
    await files.remove(path);
  } catch {
    // It was never made, or the runtime keeps it open: nothing that a check could say anything about.
  }
}
