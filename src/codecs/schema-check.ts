import { HeadraceError } from '../core/error.ts';
import type { SchemaIssue, StandardSchema } from '../core/schema.ts';

/** The value as a Standard Schema gives it back, or an error that names the path and the complaint. */
export function checkSchema<T>(schema: StandardSchema<T>, value: unknown, codec: string): T {
  const result = schema['~standard'].validate(value);
  if ('then' in result) {
    result.then(undefined, () => {}); // Nobody will look at its answer.
    throw new HeadraceError({
      code: 'HR_SCHEMA_ASYNC',
      where: codec,
      what: `the schema (${schema['~standard'].vendor}) validates asynchronously, and a codec cannot wait`,
      todo: 'Take the asynchronous checks out of the schema and do them in mapAsync.',
    });
  }
  if (result.issues === undefined) return result.value;
  throw new HeadraceError({
    code: 'HR_DECODE_INVALID',
    action: 'deadLetter',
    where: codec,
    what: describe(result.issues),
    todo: 'Correct the writer, or the schema if the value is right.',
  });
}

const SHOWN = 3;

function describe(issues: readonly SchemaIssue[]): string {
  const said = issues.slice(0, SHOWN).map((issue) => `${pathOf(issue)}: ${issue.message}`);
  return issues.length > SHOWN
    ? `${said.join('; ')}; and ${issues.length - SHOWN} more`
    : said.join('; ') || 'the schema refused the value';
}

function pathOf(issue: SchemaIssue): string {
  const path = issue.path?.map((step) => String(typeof step === 'object' ? step.key : step)).join('.') ?? '';
  return path === '' ? 'the value' : path;
}
