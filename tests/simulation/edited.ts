import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Edit } from './sabotages.ts';

const root = dirname(dirname(import.meta.dirname));

/** Modules that are loaded from here on have these pieces in place of theirs. One that fits nowhere, or twice, is an error. */
export function edited(edits: readonly Edit[]): void {
  const texts = new Map<string, string>();
  for (const { file, instead, write } of edits) {
    const url = pathToFileURL(join(root, file)).href;
    const text = texts.get(url) ?? readFileSync(join(root, file), 'utf8');
    const places = text.split(instead).length - 1;
    if (places !== 1) throw new Error(`'${instead}' stands ${places} times in ${file}, and must once`);
    texts.set(
      url,
      text.replace(instead, () => write),
    );
  }
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const text = texts.get(url);
      return text === undefined ? loaded : { ...loaded, source: text };
    },
  });
}
