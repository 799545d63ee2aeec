import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { entryOf } from './entry-names.ts';
import { shortPath } from './user-frame.ts';

interface Advice {
  readonly code: `HR_${string}`;
  readonly what: string;
  readonly todo: string;
  readonly where?: string;
}

/** What to do about a module that cannot be loaded. Errors with a code of ours, as of a missing setting, stay as they are. */
export function explainImport(cause: unknown, file: string): HeadraceError {
  if (isHeadraceError(cause)) return cause;
  const advice = adviceOn(cause, file);
  return new HeadraceError({ where: syntaxPlace(cause) ?? file, cause, ...advice });
}

function adviceOn(cause: unknown, file: string): Advice {
  if (!(cause instanceof Error)) return failed(cause);
  const { message } = cause;
  const code = 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return {
        code: 'HR_MODULE_SYNTAX',
        what: message,
        todo: 'Node runs TypeScript by leaving out the types, so write what remains without them: a union or a const object for an enum, fields for parameter properties, modules for namespaces. `erasableSyntaxOnly` in tsconfig.json finds all such places.',
      };
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      return { code: 'HR_MODULE_SYNTAX', what: message, todo: 'Mend the line.' };
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return {
        code: 'HR_MODULE_IMPORT',
        what: 'Node does not run TypeScript from node_modules',
        where: /"(.*)"/.exec(message)?.[1] ?? file,
        todo: 'Import a package that is built to JavaScript, or link the folder so that it lies outside node_modules.',
      };
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return {
        code: 'HR_MODULE_IMPORT',
        what: message,
        todo: 'Node loads .ts, .mts, .cts, .js, .mjs, .cjs and .json; JSX must be built first.',
      };
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
    case 'MODULE_NOT_FOUND':
      return notFound(message);
  }
  if (cause instanceof SyntaxError) return syntax(message, file);
  return failed(cause);
}

function notFound(message: string): Advice {
  const wanted = /'([^']+)'/.exec(message)?.[1] ?? '';
  const by = / imported from (.+)$/.exec(message)?.[1];
  const place = by === undefined ? {} : { where: shortPath(by) };
  if (message.startsWith('Cannot find package')) {
    return {
      code: 'HR_MODULE_IMPORT',
      what: `the package '${wanted}' is not installed`,
      ...place,
      todo: `Run \`npm install ${packageOf(wanted)}\` in the folder of the module.`,
    };
  }
  const hasEnding = /\.\w+$/.test(wanted);
  return {
    code: 'HR_MODULE_IMPORT',
    what: `there is no module '${shortPath(wanted)}'`,
    ...place,
    todo: hasEnding ? 'Correct the path in the import.' : "Node wants the ending in the import: './parse.ts', not './parse'.",
  };
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function syntax(message: string, file: string): Advice {
  const lacking = /^The requested module '(.+)' does not provide an export named '(.+)'$/.exec(message);
  if (lacking !== null) {
    const [, from = '', name = ''] = lacking;
    return {
      code: 'HR_MODULE_IMPORT',
      what: `'${from}' has no export '${name}'`,
      todo:
        elsewhere(from, name) ??
        `If ${name} is a type, write \`import type\` or \`{ type ${name} }\`: Node leaves out only what is marked as a type. Otherwise correct the name.`,
    };
  }
  if (/Cannot use import statement outside a module|Unexpected token 'export'/.test(message)) {
    return {
      code: 'HR_MODULE_SYNTAX',
      what: 'Node takes the file for CommonJS, and it uses import or export',
      todo: 'Write "type": "module" in the nearest package.json, or give the file the ending .mts (.mjs for JavaScript).',
    };
  }
  return { code: 'HR_MODULE_SYNTAX', what: message, todo: `Mend the line; \`node --check ${file}\` shows it.` };
}

/** Where a name of ours is, if it was asked of the wrong entry. */
function elsewhere(from: string, name: string): string | undefined {
  const entry = /^headrace(\/|$)/.test(from) ? entryOf(name) : undefined;
  return entry === undefined ? undefined : `Write \`import { ${name} } from '${entry}'\`.`;
}

function failed(cause: unknown): Advice {
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { code: 'HR_MODULE_FAILED', what: `the module threw while it was being loaded: ${message}`, todo: 'Mend the line.' };
}

/** `shop.ts:2` from the first line of a syntax error's stack. */
function syntaxPlace(cause: unknown): string | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  const parts = /^(?:file:\/\/)?(.+):(\d+)$/.exec(cause.stack?.split('\n', 1)[0] ?? '');
  return parts === null ? undefined : `${shortPath(decodeURI(parts[1]!))}:${parts[2]}`;
}
