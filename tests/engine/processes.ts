import { kill } from "node:process";

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}
