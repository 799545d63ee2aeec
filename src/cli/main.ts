#!/usr/bin/env node
import { createRequire } from 'node:module';
import { nodeIsNewEnough } from './node-version.ts';

// Everything else is imported after the check: an old Node would stop at syntax it does not know, with no word of advice.
const manifest = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string;
  readonly engines: { readonly node: string };
};
if (nodeIsNewEnough(process.versions.node, manifest.engines.node)) {
  const { main } = await import('./headrace.ts');
  await main(process.argv.slice(2), manifest);
} else {
  const todo = 'Install a newer Node (https://nodejs.org) or put one first on PATH.';
  process.stderr.write(
    `HR_NODE_OLD: Headrace needs Node ${manifest.engines.node} and this is ${process.versions.node} (${process.execPath}). ${todo}\n`,
  );
  process.exitCode = 1;
}
