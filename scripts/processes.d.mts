export interface RunningProcess {
  pid: number;
  /** The command line, arguments joined by spaces. */
  command: string;
  /** Working folder; empty where unknown. */
  cwd: string;
  /** Its `HOME`; empty where unknown. */
  home: string;
}

export function runningProcesses(): RunningProcess[];
export function belongsTo(candidate: RunningProcess, folder: string): boolean;
