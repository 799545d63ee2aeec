import { HeadraceError } from '../core/error.ts';

/** State that is kept in one version and wanted in another. */
export interface VersionStep {
  /** The operator, or what its state is called. */
  readonly where: string;
  readonly from: number;
  readonly to: number;
}

function migrationMissing({ where, from, to }: VersionStep, missing: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_VERSION',
    where,
    what: `the checkpoint keeps this state in version ${from}, and there is no migration from ${missing} to ${missing + 1}`,
    todo: `Say how the state becomes the next version: { version: ${to}, migrate: { ${missing}: (old) => … } }.`,
  });
}

function versionTooNew({ where, from, to }: VersionStep): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_VERSION',
    where,
    what: `the checkpoint keeps this state in version ${from}, which is newer than ${to}`,
    todo: 'A newer version of the pipeline wrote it: start that one, or go on from a checkpoint before it, with --from.',
  });
}

export function migrationFailed({ where }: VersionStep, at: number, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_VERSION',
    where,
    what: `the migration from version ${at} to ${at + 1} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    todo: 'Mend the function in migrate. The checkpoint stays as it is until a run goes on from it.',
    cause,
  });
}

/** The first problem of a way from version to version; undefined when it can be gone. */
export function versionProblem(step: VersionStep, migrates: (version: number) => boolean): HeadraceError | undefined {
  if (step.from > step.to) return versionTooNew(step);
  for (let at = step.from; at < step.to; at++) if (!migrates(at)) return migrationMissing(step, at);
  return undefined;
}
