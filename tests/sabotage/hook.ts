// For processes that a test starts: `--import` of this file. Tests themselves are rewritten by the plugin in vitest.config.ts.
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { switched } from './switched.ts';

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || loaded.source === null || loaded.source === undefined) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    const faulty = switched(fileURLToPath(url.split('?')[0]!), text);
    return faulty === undefined ? loaded : { ...loaded, source: faulty };
  },
});
