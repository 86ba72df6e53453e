import type { Clock } from "../../../lifecycle/mod.ts";
import type { ToolSource, Track } from "../../contract.ts";
import type { MusicConfig } from "./config.ts";
import { type MusicFile, MusicFolder, type MusicFolderStats } from "./music_folder.ts";
import { likeliest } from "./music_names.ts";
import { musicSound } from "./music_sound.ts";
import { type BuiltinTool, sourceOf, textOf } from "../tool_source.ts";

/** The longest name that is looked for, in UTF-16 units. */
const MAX_NAME_CHARS = 200;
/** How many titles are told at most. */
const MOST_LISTED = 20;

/** Music from a folder as tools; close it. */
export interface MusicSource extends ToolSource {
  readonly stats: MusicFolderStats;
  /** Looks for no music any more. What plays belongs to who plays it. May be called twice. */
  close(): void;
}

/** Makes a folder of music ready; it is looked at when somebody asks. `random` gives 0 up to 1. */
export function musicSource(
  { folder: path, maxMinutes }: MusicConfig,
  { clock, random = Math.random }: { readonly clock: Clock; readonly random?: () => number },
): MusicSource {
  const folder = new MusicFolder({ folder: path, clock });
  const track = (file: MusicFile): Track => ({
    title: file.title,
    async *open(signal) {
      yield* musicSound(await folder.pathOf(file), { maxMs: maxMinutes * 60_000, signal });
    },
  });
  return {
    ...sourceOf("music", [playMusic(folder, { track, random }), listMusic(folder)]),
    get stats() {
      return folder.stats;
    },
    close: () => folder.close(),
  };
}

function playMusic(
  folder: MusicFolder,
  { track, random }: { readonly track: (file: MusicFile) => Track; readonly random: () => number },
): BuiltinTool {
  return {
    tool: {
      name: "play_music",
      title: "Play music",
      description:
        "Plays a piece of music from the folder of this home, once you have spoken. Without a name it plays any.",
      parameters: nameSchema("the title, the artist or the album"),
      kind: "act",
      audience: "everyone",
      approvedOnly: false,
    },
    call: async (args, signal) => {
      const name = nameIn(args);
      const files = await folder.files(signal);
      if (files.length === 0) return { text: "There is no music in the folder.", failed: true };
      const found = name === undefined
        ? files[Math.min(files.length - 1, Math.floor(random() * files.length))]
        : likeliest(files, name)[0];
      if (found === undefined) {
        return {
          text: "There is no music of that name in the folder. list_music tells what there is.",
          failed: true,
        };
      }
      return {
        text:
          `It plays once you have spoken: ${found.title}. Say its title in one short sentence, and no more.`,
        effect: { type: "play", track: track(found) },
      };
    },
  };
}

function listMusic(folder: MusicFolder): BuiltinTool {
  return {
    tool: {
      name: "list_music",
      title: "List music",
      description:
        `Lists at most ${MOST_LISTED} titles of the music in the folder of this home that are called so, or any.`,
      parameters: nameSchema("a part of the title, the artist or the album"),
      kind: "read",
      audience: "everyone",
      approvedOnly: false,
    },
    call: async (args, signal) => {
      const name = nameIn(args);
      const files = await folder.files(signal);
      const found = name === undefined ? files : likeliest(files, name);
      if (found.length === 0) return { text: "There is no such music in the folder." };
      const listed = found.slice(0, MOST_LISTED).map(({ title }) => title).join("\n");
      return {
        text: found.length > MOST_LISTED ? `${MOST_LISTED} of ${found.length}:\n${listed}` : listed,
      };
    },
  };
}

function nameSchema(description: string): BuiltinTool["tool"]["parameters"] {
  return {
    type: "object",
    properties: { name: { type: "string", maxLength: MAX_NAME_CHARS, description } },
    required: [],
    additionalProperties: false,
  };
}

function nameIn(args: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(args, "name")?.slice(0, MAX_NAME_CHARS);
}
