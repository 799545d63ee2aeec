import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the peers, pinned by their own lock file, unless they are there: whoever never runs a bench never needs them. */
export function installPeers(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules/.package-lock.json'))) return;
  console.log('installing the peers (bench/peers/package.json)');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
