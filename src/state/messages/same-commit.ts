/** Whether two names of a commit, either of them shortened, mean the same one. */
export function sameCommit(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
