import type { Files } from '../../core/world.ts';
import { commitLength } from './grown-length.ts';
import type { PreparedFiles } from './prepared-files.ts';
import type { Prepared } from './tokens.ts';

/** Commits what a token says, of whichever mode: the option may have changed since the checkpoint. */
export async function finishToken(prepared: PreparedFiles, files: Files, token: Prepared, id: string): Promise<void> {
  if ('number' in token) await prepared.commit(token);
  else await commitLength(files, token, id);
}
