import { fileURLToPath } from 'node:url';
import { HeadraceError } from '../../core/error.ts';
import type { Files } from '../../core/world.ts';
import { threadModule } from './threads-lane.ts';

/** Refuses where what a thread begins with, or what it loads of the format, is not there: a bundler has put it elsewhere. */
export async function refuseBundled(files: Files, module: string | undefined, begin: URL | null = threadModule() ?? null): Promise<void> {
  for (const needed of [begin?.href, module]) {
    if (needed !== undefined && (await files.stat(fileURLToPath(needed))) !== undefined) continue;
    throw new HeadraceError({
      code: 'HR_WORKERS_BUNDLED',
      what: 'Headrace was bundled into the program, and threads need its own files',
      ...(needed === undefined ? {} : { where: needed }),
      todo: 'Leave it out of the bundle (esbuild --external:headrace, elsewhere external: [/^headrace/]) and install it beside the program, or read without the option threads.',
    });
  }
}
