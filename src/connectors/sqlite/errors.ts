import { type ErrorParts, HeadraceError, isHeadraceError } from '../../core/error.ts';

type Told = Pick<ErrorParts, 'code' | 'what' | 'todo' | 'action'>;

// https://www.sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const TOO_BIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
/** A writer was killed in its commit, and a connection that may only read cannot take back what it left. */
const READONLY_ROLLBACK = 776;

const DENIED: Told = {
  code: 'HR_SQLITE_DENIED',
  what: 'the database may not be opened',
  todo: 'Check that the folder is there, and give the user of this process the right to the file and to its folder, where SQLite keeps its journal.',
};

const DAMAGED: Told = {
  code: 'HR_SQLITE_DAMAGED',
  what: 'the file is no database, or a damaged one',
  todo: 'Check the path; if it is right, look at the file with `pragma integrity_check` and restore it from a backup.',
};

const KNOWN: Readonly<Record<number, Told>> = {
  3: DENIED,
  [BUSY]: {
    code: 'HR_SQLITE_BUSY',
    action: 'retry',
    what: 'another connection holds the database',
    todo: 'Headrace tries again; if this repeats, look for a transaction that stays open, raise busyTimeout, or set wal: true so that readers do not hold up writers.',
  },
  8: {
    code: 'HR_SQLITE_READONLY',
    what: 'the database can only be read',
    todo: 'Give the user of this process the right to write the file and its folder, or name another file.',
  },
  10: { code: 'HR_SQLITE_FAILED', what: 'the disk failed', todo: 'Look at the cause and at the log of the machine.' },
  11: DAMAGED,
  13: {
    code: 'HR_DISK_FULL',
    what: 'the disk is full',
    todo: 'Make room where the database lies, and where temporary files lie, and start again; nothing of the unfinished transaction stays.',
  },
  14: DENIED,
  26: DAMAGED,
};

/** The extended result code of SQLite; 0 for everything else. */
function resultOf(error: unknown): number {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  return typeof errcode === 'number' ? errcode : 0;
}

export function isBusy(error: unknown): boolean {
  const primary = resultOf(error) & 0xff;
  return primary === BUSY || primary === LOCKED;
}

export function needsRollback(error: unknown): boolean {
  return resultOf(error) === READONLY_ROLLBACK;
}

/** Of a row, not of the database. */
export function isOfRow(error: unknown): boolean {
  const primary = resultOf(error) & 0xff;
  return primary === CONSTRAINT || primary === MISMATCH || primary === TOO_BIG;
}

/** An error of SQLite in our words; one that is not known stops the run and keeps its own message. */
export function explain(cause: unknown, id: string): HeadraceError {
  if (isHeadraceError(cause)) return cause;
  if ((cause as { readonly code?: string }).code === 'ERR_OUT_OF_RANGE') return integerTooLarge(id, cause);
  if (isOfRow(cause)) return refusedAtCommit(id, cause);
  const primary = resultOf(cause) & 0xff;
  const told = KNOWN[primary === LOCKED ? BUSY : primary] ?? failed(messageOf(cause));
  return new HeadraceError({ ...told, where: id, cause });
}

function failed(message: string): Told {
  if (/^no such (table|column)/.test(message)) {
    return {
      code: 'HR_SQLITE_SCHEMA',
      what: message,
      todo: 'Check the names in the options against the database, as `.schema` of the sqlite3 program shows it.',
    };
  }
  return { code: 'HR_SQLITE_FAILED', what: `SQLite failed: ${message}`, todo: 'Look at the message and at the SQL in the options.' };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function integerTooLarge(id: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_INTEGER',
    where: id,
    what: 'a column holds a whole number beyond 2^53',
    todo: 'Set bigint: true, and whole numbers come as bigint.',
    cause,
  });
}

function refusedAtCommit(id: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_CONSTRAINT',
    where: id,
    what: `the database refused a checkpoint: ${messageOf(cause)}`,
    todo: 'A rule that looks at other rows (unique, foreign key, trigger) is checked at the commit, where no single record can be set aside. Correct the rows or the rule and start again, or filter such records out.',
    cause,
  });
}

/** One value that has no row, or whose row the table does not take. */
export function refused(id: string, why: string, member: number, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_ROW',
    action: 'deadLetter',
    where: id,
    what: `a row was refused: ${why}`,
    todo: 'Correct the record, or the option row that makes the row of it.',
    member,
    cause,
  });
}

export function missing(id: string, path: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_MISSING',
    where: id,
    what: `there is no database ${path}`,
    todo: 'Check the path, which counts from the folder the program was started in; a sink makes the database when it is given the option create.',
  });
}

export function schema(id: string, what: string, todo: string, cause?: unknown): HeadraceError {
  return new HeadraceError({ code: 'HR_SQLITE_SCHEMA', where: id, what, todo, cause });
}

export function notRising(id: string, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_CURSOR',
    where: id,
    what,
    todo: 'The cursor must be a column of the answer that is never NULL and differs in every row, and the query must keep to `where cursor > :after order by cursor` (text in the order of its bytes, `collate binary`). Without such a column use rowid.',
  });
}

export function optionInvalid(id: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where: id, what, todo });
}

export function writers(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_WRITERS',
    where: id,
    what: 'a table has one writer and the plan asks for several',
    todo: 'Gather before the sink.',
  });
}

export function stagedFull(id: string, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_STAGED',
    where: id,
    what: `the rows of one checkpoint take more than ${bytes} bytes`,
    todo: 'Take checkpoints more often, or raise the option staged.',
  });
}

export function lost(id: string, checkpoint: number, decided: number | undefined): HeadraceError {
  return new HeadraceError({
    code: 'HR_COMMIT_LOST',
    where: id,
    what: `the rows of checkpoint ${checkpoint} are gone: they were with a process that has ended, and the database ${decided === undefined ? 'has no checkpoint of this sink' : `has come to checkpoint ${decided}`}`,
    todo: 'Start again from the checkpoint that the database has; if it was restored from a backup, that is an older one.',
  });
}

export function taken(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_COMMIT_TAKEN',
    where: id,
    what: 'another run of this pipeline has opened the same sink',
    todo: 'Let one of them run. Two that are meant to run beside each other need pipelines or sinks of different names.',
  });
}

export function ahead(id: string, checkpoint: number, decided: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_COMMIT_AHEAD',
    where: id,
    what: `the database has checkpoint ${decided} of this sink already, and the run is at ${checkpoint}`,
    todo: 'The state folder is older than the database, or new. Put back the one that belongs to it; to begin anew, name the sink differently or delete its line from the table headrace_commits.',
  });
}

export function foreignToken(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_TOKEN_UNKNOWN',
    where: id,
    what: 'the checkpoint holds a token that is not one of an SQLite sink',
    todo: 'It was written by another kind of sink under this name, or by a newer Headrace. Give the new sink a name of its own.',
  });
}

export function closed(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_SQLITE_CLOSED',
    where: id,
    what: 'the sink was closed while it wrote',
    todo: 'The rows of the unfinished checkpoint are not in the database; start again to write them.',
  });
}
