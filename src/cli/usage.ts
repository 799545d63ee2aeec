import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HeadraceError } from '../core/error.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { nearest } from './nearest.ts';

export interface RunWish {
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly until: 'end' | 'caughtUp' | number;
  readonly deadlineMs: number | undefined;
  readonly memoryBytes: number | undefined;
  /** Where checkpoints are kept; none are without. */
  readonly dir: string | undefined;
  readonly checkpointEveryMs: number | undefined;
  readonly parallelism: number | undefined;
  /** Where the state of keys is kept. */
  readonly state: 'memory' | 'disk' | undefined;
  readonly again: boolean;
  /** The checkpoint to go on from; the newest without it. */
  readonly from: number | undefined;
  readonly acceptDuplicates: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What `headrace plan` prints. */
export type PlanForm = 'text' | 'json' | 'dot' | 'mermaid' | 'stages';

export interface PlanWish {
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly form: PlanForm;
  /** The file with the plan to compare with. */
  readonly against: string | undefined;
}

export interface DoctorWish {
  readonly json: boolean;
}

const RUN = {
  set: { type: 'string', multiple: true },
  until: { type: 'string' },
  deadline: { type: 'string' },
  memory: { type: 'string' },
  dir: { type: 'string' },
  'checkpoint-every': { type: 'string' },
  parallelism: { type: 'string' },
  state: { type: 'string' },
  again: { type: 'boolean' },
  from: { type: 'string' },
  'accept-duplicates': { type: 'boolean' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

const PLAN = {
  set: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  dot: { type: 'boolean' },
  mermaid: { type: 'boolean' },
  stages: { type: 'boolean' },
  against: { type: 'string' },
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
  const settings = settingsOf('run', values.set);
  const { until, dir, parallelism, again = false, from, 'checkpoint-every': every, 'accept-duplicates': acceptDuplicates = false } = values;
  if (dir === '') throw usageError('run', '--dir names no folder', 'Write: --dir ./state');
  if (dir === undefined && (again || every !== undefined || from !== undefined)) {
    const what = `${again ? '--again' : every !== undefined ? '--checkpoint-every' : '--from'} means nothing without --dir`;
    throw usageError('run', what, 'Checkpoints are kept in a folder: --dir ./state');
  }
  if (from !== undefined && again)
    throw usageError('run', '--from and --again do not go together', 'Go on from a checkpoint, or begin anew.');
  if (from === undefined && acceptDuplicates)
    throw usageError('run', '--accept-duplicates means nothing without --from', 'Say which checkpoint to go on from: --from 12');
  return {
    file: fileOf('run', positionals, values.set),
    settings,
    until: until === undefined || until === 'end' ? 'end' : until === 'caughtUp' ? until : span('--until', until),
    deadlineMs: values.deadline === undefined ? undefined : span('--deadline', values.deadline),
    memoryBytes: values.memory === undefined ? undefined : byteCount(numeric(values.memory) as Bytes, '--memory'),
    dir,
    checkpointEveryMs: every === undefined ? undefined : span('--checkpoint-every', every),
    parallelism: parallelism === undefined ? undefined : wholeNumber(Number(parallelism), '--parallelism'),
    state: stateOf('run', values.state, dir),
    again,
    from: from === undefined ? undefined : wholeNumber(Number(from), '--from'),
    acceptDuplicates,
    json: values.json === true,
    quiet: values.quiet === true,
  };
}

/** On the disk means in the folder of the checkpoints. */
export function stateOf(command: string, state: string | undefined, dir: string | undefined): RunWish['state'] {
  if (state === undefined) return undefined;
  if (state !== 'memory' && state !== 'disk') throw usageError(command, '--state is memory or disk', 'Write: --state disk');
  if (state === 'disk' && dir === undefined)
    throw usageError(
      command,
      '--state disk means nothing without --dir',
      'State on the disk lies in the folder of the checkpoints: --dir ./state',
    );
  return state;
}

export function planWish(argv: readonly string[]): PlanWish | 'help' {
  const { values, positionals } = parsed('plan', argv, PLAN);
  if (values.help === true) return 'help';
  const settings = settingsOf('plan', values.set);
  const file = fileOf('plan', positionals, values.set);
  const forms = (['json', 'dot', 'mermaid', 'stages'] as const).filter((form) => values[form] === true);
  if (forms.length > 1) throw usageError('plan', `${forms.map((form) => `--${form}`).join(' and ')} do not go together`, undefined);
  const form = forms[0] ?? 'text';
  if (values.against !== undefined && form !== 'text' && form !== 'json')
    throw usageError('plan', `--${form} and --against do not go together`, 'What becomes of state is text, or JSON with --json.');
  return { file, settings, form, against: values.against };
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

/** The options and words of a command line, or an error that names the option. */
export function parsed<O extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  argv: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>> {
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

export function fileOf(command: string, positionals: readonly string[], set: readonly string[] = []): string {
  const [file, ...more] = positionals;
  if (file !== undefined && more.length === 0) return file;
  const what =
    file === undefined
      ? `${command} wants the file that exports the pipeline`
      : `${command} wants one file, and here are ${positionals.length}`;
  const todo =
    set.length > 0 && more.length > 0
      ? 'A setting is one word: --set name=value, in quotes where the value has spaces.'
      : `Write: headrace ${command} shop.ts`;
  throw usageError(command, what, todo);
}

export function settingsOf(command: string, set: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(set.map((text, at) => settingOf(command, text, at, set)));
}

function settingOf(command: string, text: string, at: number, all: readonly string[]): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const which = all.length === 1 ? '--set' : `--set number ${at + 1}`;
  throw usageError(command, equals === 0 ? `${which} has no name before its '='` : `${which} has no '='`, 'Write: --set name=value');
}

export function span(option: string, text: string): number {
  return milliseconds(numeric(text) as Duration, option);
}

/** A bare number is milliseconds or bytes, as in the options of the library. */
export function numeric(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

export function usageError(command: string, what: string, todo: string | undefined): HeadraceError {
  const more = `\`headrace ${command} --help\` lists the options.`;
  return new HeadraceError({ code: 'HR_USAGE', what, todo: todo === undefined ? more : `${todo.replace(/([^.?!])$/, '$1.')} ${more}` });
}
