import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Of what makes a file: another change of these sources makes another file. */
export function versionOf(...sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  return hash.digest('hex').slice(0, 8);
}
