import { expect, test } from 'vitest';
import { HeadraceError } from '../core/error.ts';
import { explainImport } from './module-errors.ts';

const told = (error: unknown): string => {
  const { code, message } = explainImport(error, 'shop.ts');
  return `${code}: ${message}`;
};
const withCode = (error: Error, code: string): Error => Object.assign(error, { code });

test('a package that is not installed comes with the command that installs it', () => {
  const error = withCode(new Error(`Cannot find package '@acme/db' imported from ${process.cwd()}/lib/store.ts`), 'ERR_MODULE_NOT_FOUND');
  expect(told(error)).toBe(
    "HR_MODULE_IMPORT: the package '@acme/db' is not installed (lib/store.ts). Run `npm install @acme/db` in the folder of the module.",
  );
});

test('an import without its ending is told apart from a wrong path', () => {
  const missing = (path: string) =>
    withCode(new Error(`Cannot find module '${process.cwd()}/${path}' imported from ${process.cwd()}/shop.ts`), 'ERR_MODULE_NOT_FOUND');
  expect(told(missing('parse'))).toContain("Node wants the ending in the import: './parse.ts'");
  expect(told(missing('prase.ts'))).toBe("HR_MODULE_IMPORT: there is no module 'prase.ts' (shop.ts). Correct the path in the import.");
});

test('a type that is imported as a value is the likeliest reason for an export that is not there', () => {
  const error = new SyntaxError("The requested module 'headrace' does not provide an export named 'Pipeline'");
  expect(told(error)).toContain('If Pipeline is a type, write `import type`');
});

test('a name of ours that was asked of the wrong entry comes with the import to write', () => {
  const lacking = (from: string) => new SyntaxError(`The requested module '${from}' does not provide an export named 'fileSink'`);
  expect(told(lacking('headrace'))).toContain("Write `import { fileSink } from 'headrace/connectors/files'`.");
  expect(told(lacking('./own.ts'))).toContain('If fileSink is a type');
});

test('CommonJS in the way of import says which line to write in package.json', () => {
  expect(told(new SyntaxError('Cannot use import statement outside a module'))).toContain('Write "type": "module"');
});

test('a module that throws keeps what it threw; an error of ours stays as it is', () => {
  expect(told(new TypeError('boom'))).toBe(
    'HR_MODULE_FAILED: the module threw while it was being loaded: TypeError: boom (shop.ts). Mend the line.',
  );
  expect(told(undefined)).toContain('undefined');
  const ours = new HeadraceError({ code: 'HR_SETTING_MISSING', what: 'x', todo: 'y.' });
  expect(explainImport(ours, 'shop.ts')).toBe(ours);
});
