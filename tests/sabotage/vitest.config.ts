import { dirname } from 'node:path';
import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { switched } from './switched.ts';

/** The tests as they are, against a product with one fault. */
const config: ViteUserConfig = mergeConfig(base, {
  root: dirname(dirname(import.meta.dirname)),
  plugins: [{ name: 'sabotage', enforce: 'pre', transform: (text: string, id: string) => switched(id.split('?')[0]!, text) }],
  // The cache knows nothing of faults: a module with one would be taken for a sound one, or the other way round.
  test: { maxWorkers: 1, fsModuleCache: false },
} satisfies ViteUserConfig);
export default config;
