/**
 * `docs/architecture.svg`: the folders of `lib/` and what they import, drawn from the table of the lint.
 *
 * @module
 */
import { LAYERS } from "../lint/layers.ts";

/** The folders that nearly every other one imports; drawn as one. */
export const GROUND: readonly string[] = ["errors", "lifecycle", "telemetry", "secrets", "files"];

const BOX = { width: 104, height: 34 };
/** How wide an arrow is that passes between the boxes of a row. */
const LANE = 14;
const GAP = { x: 20, y: 40 };
const MARGIN = 24;

/** What takes room in a row: a folder, or an arrow that passes. */
interface Slot {
  readonly label: string | undefined;
  readonly level: number;
  readonly width: number;
  /** Those that it leads to, one row further down. */
  readonly below: Slot[];
  readonly above: Slot[];
  /** Its middle. */
  x: number;
}

/** The whole picture. */
export function importPicture(): string {
  const rows = arranged(directImports());
  const slots = rows.flat();
  const left = Math.min(...slots.map(({ x, width }) => x - width / 2));
  const width = Math.ceil(Math.max(...slots.map(({ x, width }) => x + width / 2)) - left + 2 * MARGIN);
  for (const slot of slots) slot.x = Math.round(slot.x - left + MARGIN);
  const yOf = ({ level }: Pick<Slot, "level">) => MARGIN + (rows.length - 1 - level) * (BOX.height + GAP.y);
  const groundY = yOf({ level: -1 });
  const height = groundY + BOX.height + MARGIN;
  const ground = { middle: width / 2, y: groundY, width: width - 2 * MARGIN };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`,
    `<title>What each folder of lib/ imports</title>`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">` +
    `<path d="M0,0 L8,4 L0,8 z" fill="#6b7280"/></marker></defs>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    ...slots.filter(({ label }) => label !== undefined).flatMap((slot) =>
      slot.below.map((next) => arrow(slot, next, yOf))
    ),
    ...slots.map((slot) =>
      slot.label === undefined ? "" : box(slot.label, { middle: slot.x, y: yOf(slot), width: slot.width })
    ).filter((text) => text !== ""),
    box(GROUND.join("   "), ground),
    `</svg>\n`,
  ].join("\n");
}

/** The table has the places of stages to come, too. */
export function isThere(folder: string): boolean {
  try {
    return Deno.statSync(new URL(`../../lib/${folder}`, import.meta.url)).isDirectory;
  } catch {
    return false;
  }
}

/** The imports of each folder, without the ground and without what one of its imports imports already. */
function directImports(): Map<string, string[]> {
  const folders = Object.keys(LAYERS).filter((name) => isThere(name) && ![...GROUND, "std"].includes(name));
  return new Map(folders.map((name) => {
    const imports = (LAYERS[name] ?? []).filter((one) => folders.includes(one));
    return [name, imports.filter((one) => !imports.some((other) => LAYERS[other]?.includes(one)))];
  }));
}

/** Rows from the ground up; a folder stands as low as what it imports lets it. */
function arranged(direct: ReadonlyMap<string, readonly string[]>): Slot[][] {
  const rows = rowsOf(direct);
  for (const row of rows) spread(row);
  for (let sweep = 0; sweep < 24; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      row.sort((one, other) => wanted(one) - wanted(other));
      spread(row);
    }
  }
  return rows;
}

function rowsOf(direct: ReadonlyMap<string, readonly string[]>): Slot[][] {
  const levelOf = (name: string): number =>
    1 + Math.max(-1, ...(direct.get(name) ?? []).map((one) => levelOf(one)));
  const rows: Slot[][] = [];
  const add = (level: number, label?: string) => {
    const slot: Slot = {
      label,
      level,
      width: label === undefined ? LANE : BOX.width,
      below: [],
      above: [],
      x: 0,
    };
    (rows[level] ??= []).push(slot);
    return slot;
  };
  const folders = new Map([...direct.keys()].map((name) => [name, add(levelOf(name), name)]));
  for (const [from, imports] of direct) {
    for (const to of imports) {
      const [top, bottom] = [folders.get(from), folders.get(to)];
      if (top === undefined || bottom === undefined) continue;
      const lanes = Array.from(
        { length: top.level - bottom.level - 1 },
        (_, index) => add(top.level - 1 - index),
      );
      const way = [top, ...lanes, bottom];
      for (const [index, slot] of way.entries()) {
        const next = way[index + 1];
        if (next === undefined) continue;
        slot.below.push(next);
        next.above.push(slot);
      }
    }
  }
  return rows;
}

/** Where a slot would be if it were for its neighbors in the other rows. */
function wanted({ above, below, x }: Slot): number {
  const xs = [...above, ...below].map((slot) => slot.x);
  return xs.length === 0 ? x : xs.reduce((sum, one) => sum + one, 0) / xs.length;
}

/** Puts the slots of a row near where they would be, in their order and apart. */
function spread(row: readonly Slot[]): void {
  const places = row.map(wanted);
  for (let index = 1; index < row.length; index++) {
    const room = ((row[index - 1]?.width ?? 0) + (row[index]?.width ?? 0)) / 2 + GAP.x;
    places[index] = Math.max(places[index] ?? 0, (places[index - 1] ?? 0) + room);
  }
  // What was pushed to the right is taken back as a whole.
  const shift = row.reduce((sum, slot, index) => sum + (places[index] ?? 0) - wanted(slot), 0) / row.length;
  for (const [index, slot] of row.entries()) slot.x = (places[index] ?? 0) - shift;
}

function arrow(from: Slot, to: Slot, yOf: (slot: Slot) => number): string {
  const way = [from];
  for (let next: Slot | undefined = to; next !== undefined; next = next.below[0]) {
    way.push(next);
    if (next.label !== undefined) break;
  }
  const parts = way.flatMap((slot, index) => {
    const next = way[index + 1];
    if (next === undefined) return [];
    const [y1, y2] = [yOf(slot) + BOX.height, yOf(next) - (next.label === undefined ? 0 : 2)];
    const bend = (y2 - y1) / 2;
    const through = next.label === undefined ? ` L${next.x},${yOf(next) + BOX.height}` : "";
    return [`C${slot.x},${y1 + bend} ${next.x},${y2 - bend} ${next.x},${y2}${through}`];
  });
  return `<path d="M${from.x},${yOf(from) + BOX.height} ${parts.join(" ")}" fill="none" stroke="#6b7280" ` +
    `stroke-width="1.3" marker-end="url(#tip)"/>`;
}

function box(
  label: string,
  { middle, y, width }: { readonly middle: number; readonly y: number; readonly width: number },
): string {
  return `<rect x="${
    middle - width / 2
  }" y="${y}" width="${width}" height="${BOX.height}" rx="6" fill="#eef2ff" ` +
    `stroke="#4f46e5"/><text x="${middle}" y="${y + BOX.height / 2 + 5}" text-anchor="middle" ` +
    `xml:space="preserve">${label}</text>`;
}
