import { HeadraceError } from '../core/error.ts';
import { isPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { embedded } from './embedded.ts';
import type { RunReport } from './report.ts';
import type { Run, RunOptions } from './runtime.ts';
import { withSignals } from './signals.ts';

/**
 * Runs a pipeline to the end of its data and answers what it did. SIGINT and SIGTERM stop it gracefully: no new reads,
 * records in flight finish; a second signal stops at once.
 *
 * @example
 * ```ts
 * const report = await run(pipeline('hello').from(values([1, 2, 3])).map((n) => n * 2).to(print()));
 * console.log(`${report.in} in, ${report.out} out`);
 * // 2
 * // 4
 * // 6
 * // 3 in, 3 out
 * ```
 */
export async function run(pipeline: Pipeline | URL, options: RunOptions = {}): Promise<RunReport> {
  const running = await start(pipeline, options);
  return options.signals === false ? await running.done : await withSignals(running);
}

/**
 * Starts a pipeline and answers a handle at once: `metrics()`, `health()`, `stop()`, `done`. It leaves signals alone.
 *
 * @example
 * ```ts
 * const running = await start(pipeline('ticks').from(every('10ms')).to(each(() => {})));
 * const report = await running.stop();
 * console.log(report.ended, running.health().state); // stop done
 * ```
 */
export async function start(pipeline: Pipeline | URL, options: RunOptions = {}): Promise<Run> {
  const loaded = pipeline instanceof URL ? await load(pipeline) : pipeline;
  const module = options.module ?? (pipeline instanceof URL ? pipeline : undefined);
  return await (options.runtime ?? embedded()).start(loaded, module === undefined ? options : { ...options, module });
}

async function load(url: URL): Promise<Pipeline> {
  const module = (await import(url.href)) as { readonly default?: unknown };
  if (isPipeline(module.default)) return module.default;
  throw new HeadraceError({
    code: 'HR_MODULE_INVALID',
    what: 'the module has no pipeline as its default export',
    where: url.href,
    todo: "Write `export default` before the pipeline: `const shop: Pipeline = pipeline('shop')…; export default shop;`.",
  });
}
