import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Form = 'quick' | 'full';

/** One entry of tests/budget.json: test files for vitest, or a command that counts as one test. */
export interface Suite {
  readonly files?: readonly string[];
  readonly command?: readonly [program: string, ...args: string[]];
  /** Seconds it may take with HEADRACE_TEST=full. */
  readonly full: number;
  /** Seconds it may take in the quick form; without it the suite belongs to the full form alone. */
  readonly quick?: number;
  /** A file the suite cannot do without; as long as it is missing the suite is skipped, visibly. */
  readonly needs?: string;
}

export type Budget = Readonly<Record<string, Suite>>;

/** What all suites together may take: 45 minutes in full, 5 in quick form. */
const limits: Readonly<Record<Form, number>> = { full: 2700, quick: 300 };

export function readBudget(root: string): Budget {
  return JSON.parse(readFileSync(join(root, 'tests/budget.json'), 'utf8')) as Budget;
}

export function filesOf(root: string, suite: Suite): string[] {
  return globSync([...(suite.files ?? [])], { cwd: root }).sort();
}

/** What is wrong with the budget itself, one sentence each: nothing may be skipped in silence, and the shares must fit. */
export function budgetFaults(root: string, budget: Budget): string[] {
  const faults: string[] = [];
  for (const form of ['full', 'quick'] as const) {
    const seconds = Object.values(budget).reduce((sum, suite) => sum + (suite[form] ?? 0), 0);
    if (seconds > limits[form]) faults.push(`the shares of the ${form} form add up to ${seconds} s, more than ${limits[form]} s`);
  }
  const owners = new Map<string, string>();
  for (const [name, suite] of Object.entries(budget)) {
    for (const file of filesOf(root, suite)) {
      const other = owners.get(file);
      if (other) faults.push(`${file} is in two suites, ${other} and ${name}`);
      owners.set(file, name);
    }
  }
  const everything = globSync('**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**', 'dist/**', '.cache/**'] });
  for (const file of everything.sort()) if (!owners.has(file)) faults.push(`${file} is in no suite of tests/budget.json`);
  return faults;
}
