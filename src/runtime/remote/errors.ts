import { HeadraceError } from '../../core/error.ts';

export function frameTooLarge(bytes: number, most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FRAME_TOO_LARGE',
    what: `${bytes} bytes should cross to or from a worker as one message, and ${most} is the most`,
    todo: 'Single values or the state of one key group are too large: cut large bodies into several records, or key by something with more values.',
  });
}

export function frameDamaged(what: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_FRAME_DAMAGED',
    what: `The line to a worker carries what Headrace did not write: ${what}`,
    todo: 'Only Headrace may write to the pipe of a worker (file descriptor 3 of its process): look for code in the module that does.',
    cause,
  });
}

export function versionDiffers(ours: number, theirs: number, where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_WORKER_VERSION',
    what: `The worker speaks version ${theirs} of our messages, and this process version ${ours}`,
    where,
    todo: 'Two versions of headrace are installed: let the module and the program that runs it find the same one (`npm ls headrace`).',
  });
}

export function planDiffers(where: string, module: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_PLAN_DIFFERS',
    what: `${module} gave another plan in the worker than in the process that started it`,
    where,
    todo: 'A worker builds the plan again, so the module must describe the same pipeline each time it is loaded: use setting() in place of environment variables, the time, arguments or random numbers.',
  });
}

export interface WorkerTrouble {
  readonly where: string;
  /** A clause, as in "while it was at process of 'orders'". */
  readonly doing: string;
  readonly stderr?: readonly string[] | undefined;
  readonly cause?: unknown;
}

export function workerHung(trouble: WorkerTrouble & { readonly silentMs: number }): HeadraceError {
  const { where, doing, silentMs, cause } = trouble;
  return new HeadraceError({
    code: 'HR_WORKER_HUNG',
    what: `The worker gave no sign of life for ${seconds(silentMs)} ${doing}${said(trouble.stderr)}`,
    where,
    cause,
    todo: 'A function in it does not return: look for an endless loop or a blocking call at the record named here or soon behind it. If it is only slow, raise the worker option answerWithin.',
  });
}

export function workerCrashed(trouble: WorkerTrouble & { readonly how: string }): HeadraceError {
  const { where, doing, how, cause } = trouble;
  return new HeadraceError({
    code: 'HR_WORKER_CRASHED',
    what: `The worker ${how} ${doing}${said(trouble.stderr)}`,
    where,
    cause,
    todo: 'Look at its last words and at the record named here; SIGKILL without a reason is often the memory limit of the machine. A run with checkpoints goes on from the last one when it is started again.',
  });
}

/** A duration for people. */
const seconds = (ms: number): string => (ms < 950 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`);

const said = (lines: readonly string[] | undefined): string =>
  lines === undefined || lines.length === 0 ? '' : `; the last it said on stderr:\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
