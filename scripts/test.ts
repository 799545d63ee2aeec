// `npm test`: the quick form, without servers, in less than five minutes. `HEADRACE_TEST=full npm test` runs everything.
// `npm test -- unit docs` runs only the suites named. tests/budget.json lists the suites and what each may take.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root as repository } from './command.ts';
import { type Budget, budgetFaults, filesOf, type Form, readBudget, type Suite } from './test/budget.ts';
import { runSuite } from './test/suite.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface TestOptions {
  readonly root: string;
  readonly budget: Budget;
  readonly form: Form;
  /** Names of suites; empty for all of the form. */
  readonly only: readonly string[];
  readonly say: (line: string) => void;
}

/** Runs suite after suite, saying one line about each; the last line is `N passed, N failed`. */
export async function runTests({ root, budget, form, only, say }: TestOptions): Promise<Counts> {
  const faults = [...budgetFaults(root, budget), ...only.filter((name) => !budget[name]).map((name) => `there is no suite '${name}'`)];
  for (const fault of faults) say(`FAILED budget: ${fault}`);
  let passed = 0;
  let failed = faults.length;
  const skipped: string[] = [];
  const reports: string[] = [];
  for (const [name, suite] of Object.entries(budget)) {
    const share = only.includes(name) ? (suite[form] ?? suite.full) : suite[form];
    const why = whyNot(root, suite, only.length === 0 || only.includes(name), share);
    if (why !== undefined || share === undefined) {
      skipped.push(`${name} (${why})`);
      continue;
    }
    const result = await runSuite(root, name, suite, share);
    passed += result.passed;
    failed += result.failed;
    if (result.skipped.length > 0) skipped.push(`${result.skipped.length} in ${name} by themselves (${shorten(result.skipped)})`);
    const counts = `${String(result.passed).padStart(6)} passed ${String(result.failed).padStart(3)} failed`;
    say(`${result.failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${counts}  ${result.seconds.toFixed(1)} of ${share} s`);
    for (const cause of result.causes) say(`    ${cause}`);
    if (result.report !== '') reports.push(`${name} printed:\n${result.report.trim().replace(/^/gm, '    ')}`);
  }
  // What failed stands beside its suite in a few lines; all it printed comes behind the last suite, so that nothing short is pushed away.
  for (const report of reports) say(report);
  if (!process.env['HEADRACE_SHARED']) skipped.push('comparisons with shared reference data (HEADRACE_SHARED is not set)');
  say(`skipped: ${skipped.length === 0 ? 'nothing' : skipped.join('; ')}`);
  say(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

function whyNot(root: string, suite: Suite, isAsked: boolean, share: number | undefined): string | undefined {
  if (!isAsked) return 'not asked for';
  if (share === undefined) return 'full form only';
  if (suite.needs !== undefined && !existsSync(join(root, suite.needs))) return `${suite.needs} does not exist`;
  return suite.files && filesOf(root, suite).length === 0 ? 'no test files' : undefined;
}

const shorten = (names: readonly string[]): string => names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');

if (import.meta.main) {
  const form = process.env['HEADRACE_TEST'] === 'full' ? 'full' : 'quick';
  const only = process.argv.slice(2);
  const { failed } = await runTests({ root: repository, budget: readBudget(repository), form, only, say: (line) => console.log(line) });
  process.exitCode = failed === 0 ? 0 : 1;
}
