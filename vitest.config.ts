import { defineConfig, type ViteUserConfig } from 'vitest/config';

// `import … from 'headrace'` inside the repository means the sources, never an old dist.
const conditions = ['headrace-source', 'node', 'import', 'module', 'default'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/kit/*.test.ts', 'tests/**/*.test.ts'],
    execArgv: ['--conditions=headrace-source', '--expose-gc'],
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.test.ts'] },
  },
});
export default config;
