import { fileURLToPath } from 'node:url';
import { HeadraceError } from '../../core/error.ts';
import type { Files } from '../../core/world.ts';

/** What a worker begins with and what it loads next, as seen from this file. */
const NEEDED = ['worker-main', '../stages/load-stage'];

/**
 * Refuses where the files a worker begins with are not beside this one, because a bundler has put Headrace into a file
 * of the program. A worker begun from a file of its own could not help: with a second copy of Headrace it would not
 * know the pipeline that the module exports.
 */
export async function refuseBundled(
  files: Files,
  { from }: { readonly from: string | undefined } = { from: import.meta.url },
): Promise<void> {
  // A bundle in CommonJS has no address.
  if (from === undefined || !from.startsWith('file:')) throw bundled(from);
  for (const name of NEEDED) if (!(await isBeside(files, name, from))) throw bundled(from);
}

async function isBeside(files: Files, name: string, from: string): Promise<boolean> {
  const url = new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
  return (await files.stat(fileURLToPath(url))) !== undefined;
}

function bundled(from: string | undefined): HeadraceError {
  return new HeadraceError({
    code: 'HR_WORKERS_BUNDLED',
    what: 'Headrace was bundled into the program, and threads need its own files',
    ...(from === undefined ? {} : { where: from }),
    todo: "Leave it out of the bundle (esbuild --external:headrace, elsewhere external: [/^headrace/]) and install it beside the program; the pipeline's own module may be bundled.",
  });
}
