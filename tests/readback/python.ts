import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const requirements = join(import.meta.dirname, 'requirements.txt');

/**
 * Makes sure of pandas, pyarrow and numpy in an environment of their own, exactly as pinned; only the full form does.
 * There a machine without Python is an error: nothing is left out in silence.
 */
export function installPython(): void {
  const folder = environment();
  const done = join(folder, 'installed');
  if (existsSync(done)) return;
  console.log('installing pandas, pyarrow and numpy (tests/readback/requirements.txt)');
  // Several test files may come here at once: each makes its own, and the first to be ready gives it its name.
  const made = `${folder}-${process.pid}`;
  execFileSync('python3', ['-m', 'venv', made], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '-r', requirements];
  execFileSync(join(made, 'bin/python'), pip, { stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(join(made, 'installed'), '');
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(done)) throw error;
    rmSync(made, { recursive: true });
  }
}

/** What a script of this folder prints, of what it is given. */
export function python(script: string, given: unknown): unknown {
  const out = execFileSync(join(environment(), 'bin/python'), [join(import.meta.dirname, script)], {
    input: JSON.stringify(given),
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(out.toString());
}

/** Other versions get another folder. */
function environment(): string {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return join(import.meta.dirname, `../../.cache/python-${version}`);
}
