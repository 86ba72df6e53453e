import type { Component } from "./components.ts";

/** What an executable is, for its bill of materials. */
export interface Subject {
  readonly version: string;
  readonly commit: string;
  readonly target: string;
  /** When the commit was made; not the time of the build, so that the same commit gives the same bytes. */
  readonly committedAt: string;
}

/** The bill of materials: CycloneDX 1.5 as JSON. */
export function printBillOfMaterials(components: readonly Component[], subject: Subject): string {
  const { version, commit, target, committedAt } = subject;
  const ref = `pkg:generic/earshot@${version}`;
  const listed = components.map(({ type, name, version, license, description, purl, hashes }) => ({
    "bom-ref": purl ?? `${name}@${version}`,
    type,
    name,
    version,
    ...(description !== undefined && { description }),
    ...(hashes.length > 0 && { hashes }),
    licenses: [isExpression(license) ? { expression: license } : { license: { name: license } }],
    ...(purl !== undefined && { purl }),
  }));
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: committedAt,
      component: {
        "bom-ref": ref,
        type: "application",
        name: "earshot",
        version,
        licenses: [{ license: { id: "MIT" } }],
        properties: [{ name: "earshot:commit", value: commit }, { name: "earshot:target", value: target }],
      },
    },
    components: listed,
    dependencies: [{ ref, dependsOn: listed.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(bom, null, 1)}\n`;
}

/** The notices of everything, Earshot's own first. */
export function printNotices(components: readonly Component[], own: string): string {
  const parts = components.map(({ name, version, license, description, notice }) =>
    [
      `${name} ${version} (${license})`,
      description === undefined ? notice.trim() : `${description}\n\n${notice.trim()}`,
    ] as const
  );
  const all = [["earshot (MIT)", own.trim()] as const, ...parts];
  return all.map(([title, text]) => `${"=".repeat(78)}\n${title}\n${"=".repeat(78)}\n\n${text}\n`).join("\n");
}

/** Whether SPDX knows it by these words: identifiers, joined by its own. */
function isExpression(license: string): boolean {
  return /^\(?[A-Za-z0-9.+-]+( (OR|AND|WITH) [A-Za-z0-9.+-]+)*\)?$/.test(license);
}
