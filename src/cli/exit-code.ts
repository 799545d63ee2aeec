/** What the shell is told; docs/cli.md lists the same. */
export const ExitCode = {
  /** Ended, or stopped gracefully. */
  ok: 0,
  /** The run failed, or `doctor` found something that must be mended. */
  failed: 1,
  /** The command line is not one. */
  usage: 2,
  /** The module could not be loaded, or its plan is not one. */
  invalid: 3,
  /** A second signal: 130 for SIGINT, 143 for SIGTERM, as a shell reports it. */
  SIGINT: 130,
  SIGTERM: 143,
} as const;
