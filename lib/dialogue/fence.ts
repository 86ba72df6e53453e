/** A fence of a block of code: its mark, and how many of them. */
export interface Fence {
  readonly mark: string;
  readonly length: number;
}

/** Where a line opens one; it may stand in an item of a list. */
const OPENS = /^[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(`{3,}|~{3,})/;
const CLOSES = /^[ \t]*(`{3,}|~{3,})\s*$/;
/** No line opens a fence later than here. */
export const MAX_FENCE_INDENT = 40;

/** The fence that a line opens, as far as the line is known; `undefined` for any other line. */
export function openedFence(line: string): Fence | undefined {
  const marks = OPENS.exec(line)?.[1];
  return marks === undefined ? undefined : { mark: marks.charAt(0), length: marks.length };
}

/** Whether a whole line, its end aside, closes the fence. */
export function closesFence(line: string, fence: Fence): boolean {
  const marks = CLOSES.exec(line)?.[1];
  return marks !== undefined && marks.charAt(0) === fence.mark && marks.length >= fence.length;
}
