/**
 * `docs/errors.md`: every error code, out of the catalog.
 *
 * @module
 */
import { CATALOG, type CatalogEntry, EXIT } from "../../lib/errors/mod.ts";

const HEAD = `# Error codes

Every error that Earshot tells has one of these stable codes: in the log, in a command's output, and as the exit
code of a command that ends with it. A device shows the sentence in its owner's language. This file is written from
\`lib/errors/catalog.ts\` by \`deno task docs\`.

下表列出 Earshot 的全部错误代码；设备上显示的是“device shows”一栏中的句子。
`;

/** The whole page. */
export function errorsPage(): string {
  const rows = Object.entries(CATALOG).map(([code, entry]) => row(code, entry));
  const columns = [
    "Code",
    "What happened",
    "Worth trying again",
    "The device shows",
    "What to do",
    "Exit code",
  ];
  return [HEAD, line(columns), line(columns.map(() => "---")), ...rows, ""].join("\n");
}

function row(code: string, { meaning, retryable, device, remedy, exitCode }: CatalogEntry): string {
  const [exitName = ""] = Object.entries(EXIT).find(([, value]) => value === exitCode) ?? [];
  return line([
    `\`${code}\``,
    meaning,
    retryable ? "yes" : "no",
    `${device.en}<br>${device.zh}`,
    remedy,
    `${exitCode} ${exitName}`,
  ]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
