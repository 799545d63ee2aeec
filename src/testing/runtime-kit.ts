import { PATIENCE_MS, register, type Test } from './kit.ts';
import { runtimePromises } from './runtime-promises.ts';
import type { MakeRuntime } from './runtime-running.ts';

export interface RuntimeKit {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A runtime that keeps its checkpoints under `dir`. It is called for every start, as a process that begins anew would. */
  readonly makeRuntime: MakeRuntime;
  /** How long the kit waits for what must happen soon, such as the end of a run; 10 s by default. */
  readonly patienceMs?: number;
}

/**
 * Checks a runtime against every promise of docs/specs/runtime.md, one test each. The kit brings pipelines, sources and
 * sinks; what leaves is compared with a run in one piece.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { embedded } from 'headrace/runtimes/embedded';
 * import { testRuntime } from 'headrace/testing';
 *
 * testRuntime({ test, name: 'embedded', makeRuntime: ({ dir, checkpointEvery }) => embedded({ dir, checkpointEvery }) });
 * ```
 */
export function testRuntime({ test, name, makeRuntime, patienceMs }: RuntimeKit): void {
  register(test, name, runtimePromises(), { make: () => makeRuntime }, patienceMs ?? 5 * PATIENCE_MS);
}
