import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { command, type Outcome } from '../command.ts';
import { filesOf, type Suite } from './budget.ts';

export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  /** Tests that skipped themselves, by name. */
  readonly skipped: readonly string[];
  /** What failed, a line each, few of them; empty if nothing did. */
  readonly causes: readonly string[];
  /** All that was printed, if anything failed. */
  readonly report: string;
}

/** So many causes are named beside the suite; the report holds all of them. */
const CAUSES = 8;
const CAUSE_LENGTH = 300;

/** Runs one suite; one that hangs is stopped after twice its share. */
export async function runSuite(root: string, name: string, suite: Suite, shareSeconds: number): Promise<SuiteResult> {
  const options = { cwd: root, timeoutSeconds: Math.max(2 * shareSeconds, 1) };
  const result = suite.command
    ? counted(await command(suite.command[0], suite.command.slice(1), options), name)
    : await runVitest(filesOf(root, suite), name, options);
  if (result.seconds <= shareSeconds) return result;
  const late = `${name} took ${result.seconds.toFixed(1)} s, its share is ${shareSeconds} s (tests/budget.json)`;
  return { ...result, failed: result.failed + 1, causes: [...result.causes, late] };
}

/** A command is one test, unless its last line counts for itself: `N passed, N failed`. */
function counted(outcome: Outcome, name: string): SuiteResult {
  const own = /^(\d+) passed, (\d+) failed\s*$/m.exec(outcome.stdout.trimEnd().split('\n').at(-1) ?? '');
  const exit = outcome.exit === 0;
  const passed = own ? Number(own[1]) : Number(exit);
  const failed = own ? Math.max(Number(own[2]), Number(!exit)) : Number(!exit);
  if (failed === 0) return { passed, failed, seconds: outcome.seconds, skipped: [], causes: [], report: '' };
  const report = `${outcome.stdout}${outcome.stderr}`;
  const marked = report.split('\n').filter((line) => MARKED.test(line));
  return { passed, failed, seconds: outcome.seconds, skipped: [], causes: few([ending(outcome, name), ...marked]), report };
}

/** How our own commands begin a line that says what failed. */
const MARKED = /^(MISSED|FAILED) /;

function few(causes: readonly string[]): readonly string[] {
  const shown = causes.slice(0, CAUSES).map((cause) => (cause.length > CAUSE_LENGTH ? `${cause.slice(0, CAUSE_LENGTH)}…` : cause));
  return causes.length > CAUSES ? [...shown, `and ${causes.length - CAUSES} more`] : shown;
}

/** What we read of vitest's json report. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

async function runVitest(files: readonly string[], name: string, options: { cwd: string; timeoutSeconds: number }): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-test-'));
  const output = join(folder, 'report.json');
  try {
    const args = [
      'run',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${output}`,
      ...files.map((file) => join(options.cwd, file)),
    ];
    const outcome = await command('vitest', args, options);
    const report = readReport(output);
    if (report === undefined) return { ...counted({ ...outcome, exit: outcome.exit || 1 }, name), passed: 0, failed: 1 };
    // A file that could not be loaded holds no tests to count, and unhandled errors belong to none: each is a failure too.
    const broken = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((each) => each.status !== 'failed'),
    );
    const unrun = files.length - report.testResults.length;
    const counts = report.numFailedTests + broken.length + Math.max(unrun, 0);
    const failed = counts === 0 && outcome.exit !== 0 ? 1 : counts;
    const skipped = report.testResults.flatMap((file) =>
      file.assertionResults.filter((each) => isSkipped(each.status)).map((each) => each.fullName),
    );
    const red = report.testResults.flatMap((file) => file.assertionResults.filter((each) => each.status === 'failed'));
    const causes = [
      ending(outcome, name),
      ...broken.map((file) => `${relative(options.cwd, file.name)}: ${firstLine(file.message)}`),
      ...red.map((each) => `${each.fullName}: ${firstLine(each.failureMessages?.[0] ?? '')}`),
    ];
    return {
      passed: report.numPassedTests,
      failed,
      seconds: outcome.seconds,
      skipped,
      causes: failed === 0 ? [] : few(causes),
      report: failed === 0 ? '' : `${outcome.stdout}${outcome.stderr}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;

const isSkipped = (status: string): boolean => status === 'skipped' || status === 'pending' || status === 'todo' || status === 'disabled';

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return undefined; // Vitest ended before it could write one; that is reported as a crash.
  }
}

function ending({ exit, seconds }: Outcome, name: string): string {
  return exit === 'timeout' ? `${name} was stopped after ${seconds.toFixed(0)} s, twice its share` : `${name} ended with exit code ${exit}`;
}
