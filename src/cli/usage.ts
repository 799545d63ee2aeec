import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HeadraceError } from '../core/error.ts';
import { type Bytes, byteCount, type Duration, milliseconds } from '../core/units.ts';
import { nearest } from './nearest.ts';

export interface RunWish {
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly until: 'end' | 'caughtUp' | number;
  readonly deadlineMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface DoctorWish {
  readonly json: boolean;
}

const RUN = {
  set: { type: 'string', multiple: true },
  until: { type: 'string' },
  deadline: { type: 'string' },
  memory: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

const DOCTOR = {
  json: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

/** What `headrace run …` asks for. Nothing that stands behind --set is ever repeated in a message: it may be a secret. */
export function runWish(argv: readonly string[]): RunWish | 'help' {
  const { values, positionals } = parsed('run', argv, RUN);
  if (values.help === true) return 'help';
  const settings = (values.set ?? []).map(settingOf);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    const what =
      file === undefined ? 'run wants the file that exports the pipeline' : `run wants one file, and here are ${positionals.length}`;
    const todo =
      settings.length > 0 && more.length > 0
        ? 'A setting is one word: --set name=value, in quotes where the value has spaces.'
        : 'Write: headrace run shop.ts';
    throw usageError('run', what, todo);
  }
  const { until } = values;
  return {
    file,
    settings: Object.fromEntries(settings),
    until: until === undefined || until === 'end' ? 'end' : until === 'caughtUp' ? until : span('--until', until),
    deadlineMs: values.deadline === undefined ? undefined : span('--deadline', values.deadline),
    memoryBytes: values.memory === undefined ? undefined : byteCount(numeric(values.memory) as Bytes, '--memory'),
    json: values.json === true,
    quiet: values.quiet === true,
  };
}

export function doctorWish(argv: readonly string[]): DoctorWish | 'help' {
  const { values, positionals } = parsed('doctor', argv, DOCTOR);
  if (values.help === true) return 'help';
  if (positionals.length > 0) throw usageError('doctor', 'doctor takes no file', 'Write: headrace doctor');
  return { json: values.json === true };
}

/** Asked before anything is parsed, so that also an error of parsing can show its stack. */
export function wantsStack(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return argv.includes('--stack') || ![undefined, '', '0'].includes(env['HEADRACE_STACK']);
}

function parsed<O extends NonNullable<ParseArgsConfig['options']>>(command: string, argv: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    // The texts of parseArgs name options only, never their values; we keep the first sentence of it.
    const what = (error instanceof Error ? error.message : String(error)).split(/\.\s|\.?\n/)[0]!;
    const typed = /'--?([^'=\s]+)/.exec(what)?.[1] ?? '';
    const close = Object.hasOwn(options, typed) ? undefined : nearest(typed, Object.keys(options));
    throw usageError(command, what.replace(/\.$/, ''), close === undefined ? undefined : `Did you mean --${close}?`);
  }
}

function settingOf(text: string, at: number, all: readonly string[]): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const which = all.length === 1 ? '--set' : `--set number ${at + 1}`;
  throw usageError('run', equals === 0 ? `${which} has no name before its '='` : `${which} has no '='`, 'Write: --set name=value');
}

function span(option: string, text: string): number {
  return milliseconds(numeric(text) as Duration, option);
}

/** A bare number is milliseconds or bytes, as in the options of the library. */
function numeric(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function usageError(command: string, what: string, todo: string | undefined): HeadraceError {
  const more = `\`headrace ${command} --help\` lists the options.`;
  return new HeadraceError({ code: 'HR_USAGE', what, todo: todo === undefined ? more : `${todo.replace(/([^.?!])$/, '$1.')} ${more}` });
}
