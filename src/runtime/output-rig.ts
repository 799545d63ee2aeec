import type { Files } from '../core/world.ts';
import { readWhole } from '../log/whole-file.ts';

/** What a file sink at `/<name>.jsonl` has committed, value after value. */
export async function committedIn<T>(files: Files, name: string): Promise<readonly T[]> {
  const values: T[] = [];
  for (const file of await files.list('/')) {
    if (!new RegExp(`^${name}-\\d+\\.jsonl$`).test(file)) continue;
    const text = new TextDecoder().decode(await readWhole(files, `/${file}`));
    for (const line of text.split('\n')) if (line !== '') values.push(JSON.parse(line) as T);
  }
  return values;
}
