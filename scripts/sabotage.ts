// `npm run sabotage`: puts one fault after the other into the product and runs the suite that must turn red. A suite that
// stays green guards nothing. `npm run sabotage -- 'late barrier'` for some of them. `--faults-only` does not run the suites
// without a fault first: they were run before.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Fault, faults, type Suite } from '../tests/sabotage/faults.ts';
import { withFault } from '../tests/sabotage/switched.ts';
import { command, type Outcome, root } from './command.ts';

/** The machines this runs on have two cores. */
const AT_ONCE = 2;
const SUITE_SECONDS = 90;
/** What a suite says when the fault itself is no program. */
const BROKEN = /SyntaxError|Transform failed|PARSE_ERROR|ReferenceError|is not defined|must in one/;

const folder = mkdtempSync(join(tmpdir(), 'headrace-sabotage-'));
const areGreen = process.argv.includes('--faults-only');
const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const chosen = asked.length === 0 ? faults : faults.filter(({ name }) => asked.includes(name));
let passed = 0;
let failed = 0;

function say(isOk: boolean, name: string, what: string): void {
  if (isOk) passed++;
  else failed++;
  console.log(`${isOk ? 'ok    ' : 'FAILED'} ${name.padEnd(24)} ${what}`);
}

async function suite({ files, tests }: Suite, name: string, env: Record<string, string>): Promise<Outcome & { readonly red: number }> {
  const report = join(folder, `${name.replace(/\W/g, '-')}.json`);
  const args = ['run', '--config', 'tests/sabotage/vitest.config.ts', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const outcome = await command('vitest', [...args, ...(tests === undefined ? [] : ['-t', tests]), ...files], {
    // Random plans are drawn from one seed.
    // The quick form of a suite must see a fault; the full one was run before.
    env: { CI: '1', HEADRACE_TEST: '', ...env },
    timeoutSeconds: SUITE_SECONDS,
  });
  const red = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as { numFailedTests: number }).numFailedTests : 0;
  return { ...outcome, red };
}

async function green(one: Suite): Promise<void> {
  const name = one.files.join(' ');
  const { exit, seconds, stdout, stderr } = await suite(one, name, {});
  say(exit === 0, 'without a fault', `${exit === 0 ? 'green' : 'red'}: ${name} (${seconds.toFixed(1)} s)`);
  if (exit !== 0) console.log(`${stdout}${stderr}`.trimEnd().replace(/^/gm, '    '));
}

async function withOne(fault: Fault): Promise<void> {
  const { name, file } = fault;
  try {
    withFault(fault, readFileSync(join(root, file), 'utf8'));
  } catch (error) {
    say(false, name, String(error));
    return;
  }
  const seen = join(folder, `${name.replace(/\W/g, '-')}.seen`);
  const hook = pathToFileURL(join(root, 'tests/sabotage/hook.ts')).href;
  const { exit, red, seconds, stdout, stderr } = await suite(fault.suite, name, {
    HEADRACE_SABOTAGE: name,
    HEADRACE_SABOTAGE_SEEN: seen,
    NODE_OPTIONS: `--import=${hook}`,
  });
  const said = `${stdout}${stderr}`;
  const where = `${fault.suite.files.join(' ')} (${seconds.toFixed(1)} s)`;
  if (!existsSync(seen)) say(false, name, `${file} was never loaded by ${where}\n${said.slice(-2000).replace(/^/gm, '    ')}`);
  else if (exit === 'timeout') say(true, name, `red, it hung: ${where}`);
  else if (BROKEN.test(said)) say(false, name, `the fault is no program\n${said.slice(-4000).replace(/^/gm, '    ')}`);
  else if (red === 0) say(false, name, `nobody noticed: ${where}. ${fault.what}`);
  else say(true, name, `red, ${red} failed: ${where}`);
}

try {
  for (const name of asked) if (!faults.some((fault) => fault.name === name)) say(false, name, 'there is no such fault');
  const suites = areGreen ? [] : [...new Set(chosen.map((fault) => fault.suite))];
  const work = [...suites.map((one) => () => green(one)), ...chosen.map((fault) => () => withOne(fault))];
  const worker = async (): Promise<void> => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
