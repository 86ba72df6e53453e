import { type Config, readDeviceId } from "../app/mod.ts";
import { EarshotError } from "../errors/mod.ts";

/**
 * The id of the device that is meant, by its name in the config or its id.
 *
 * @throws {EarshotError} `cli.usage`
 */
export function deviceOf(wanted: string, { devices }: Pick<Config, "devices">): string {
  const name = wanted.trim().toLowerCase();
  const named = Object.entries(devices).filter(([, settings]) => settings.name?.toLowerCase() === name);
  const [device, ...others] = named.map(([id]) => id);
  if (others.length > 0) {
    const ids = [device, ...others].join(", ");
    throw new EarshotError(
      "cli.usage",
      `Cannot tell which device is meant by ${wanted}: ${ids}; give its id`,
    );
  }
  const deviceId = device ?? readDeviceId(wanted);
  if (deviceId !== undefined) return deviceId;
  throw new EarshotError(
    "cli.usage",
    `Cannot use ${JSON.stringify(wanted)}: no device has that name; give an id as 02:00:00:aa:bb:cc`,
  );
}
