/** Some hosts forbid making code from text (`--disallow-code-generation-from-strings`). */
export function mayGenerate(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- whether this is allowed is the question
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}
