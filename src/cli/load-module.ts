import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HeadraceError } from '../core/error.ts';
import type { Files } from '../core/world.ts';
import { isFrozen, isPipeline, type Pipeline, planFor } from '../pipeline/pipeline.ts';
import { explainImport } from './module-errors.ts';
import { shortPath } from './user-frame.ts';

/** The path of the module, when there is a file. */
export async function findModule(file: string, files: Files): Promise<string> {
  const path = file.startsWith('file://') ? fileURLToPath(file) : resolve(file);
  const found = await files.stat(path);
  if (found !== undefined && !found.isFolder) return path;
  throw new HeadraceError({
    code: 'HR_MODULE_MISSING',
    what: found === undefined ? 'there is no such file' : 'this is a folder',
    where: file,
    todo: 'Name the file that exports the pipeline, as seen from the current folder.',
  });
}

/** Loads the module and answers its default export, a pipeline with a valid plan. */
export async function loadPipeline(path: string): Promise<Pipeline> {
  const file = shortPath(path);
  const module = await imported(path, file);
  const pipeline = module.default;
  if (!isPipeline(pipeline)) {
    throw new HeadraceError({
      code: 'HR_MODULE_INVALID',
      what:
        'default' in module
          ? `the default export is ${kindOf(pipeline)}, not a pipeline`
          : 'the module has no pipeline as its default export',
      where: file,
      todo: "Write `const shop: Pipeline = pipeline('shop')…; export default shop;`, and nothing that runs it: `headrace run` does.",
    });
  }
  if (isFrozen(pipeline)) {
    throw new HeadraceError({
      code: 'HR_MODULE_RUNS',
      what: `the module has run or started '${pipeline.name}' by itself while it was being loaded`,
      where: file,
      todo: 'Write `if (import.meta.main) await run(…)`, so that it runs by itself only under `node`; it was not run again.',
    });
  }
  planFor(pipeline);
  return pipeline;
}

async function imported(path: string, file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (error) {
    throw explainImport(error, file);
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'another object' : `a ${typeof value}`;
}
