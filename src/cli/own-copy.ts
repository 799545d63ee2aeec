import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Lets the command line of another copy of Headrace do the work, where the module belongs to one. */
export async function handedOver(module: string): Promise<boolean> {
  const other = otherCopy(module);
  if (other === undefined) return false;
  await import(pathToFileURL(other).href);
  return true;
}

/**
 * The command line of the copy of Headrace that the module itself imports, when that is not this one. A pipeline and
 * its settings belong to one copy, so a global `headrace` hands over to the one beside the module.
 */
function otherCopy(module: string): string | undefined {
  let entry: string;
  try {
    entry = createRequire(module).resolve('headrace');
  } catch {
    return undefined; // The import of the module will say it better.
  }
  const theirs = dirname(entry);
  return theirs === dirname(import.meta.dirname) ? undefined : join(theirs, 'cli', `main${extname(entry)}`);
}
