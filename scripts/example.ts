// Runs one example with the sources as they are: `npm run example -- <name> [arguments]`; without a name it lists them.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './command.ts';

const examples = globSync('examples/*/main.ts', { cwd: root }).map((file) => dirname(file).slice('examples/'.length));
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !examples.includes(name)) {
  if (name !== undefined) console.error(`There is no example '${name}'.`);
  console.error(`npm run example -- <name>, with one of: ${examples.sort().join(', ')}`);
  process.exitCode = 1;
} else {
  const file = join(root, 'examples', name, 'main.ts');
  const child = spawn(process.execPath, ['--conditions=headrace-source', file, ...rest], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // The example gets it as well, and decides.
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
