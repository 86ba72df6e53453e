import type { FakeEngine } from "./fake_engine.ts";
import { HandDevice } from "./hand_device.ts";
import type { TestGateway } from "./test_gateway.ts";

/** So many are heard when it gets too late; one fewer are then let in. */
export const HEARD = 6;

/**
 * Makes a gateway hear as many devices as it can, by jobs of recognition that are seen to wait; gives the devices. Those
 * that shall be refused connect before.
 */
export async function overload(gateway: TestGateway, engine: FakeEngine): Promise<readonly HandDevice[]> {
  const recognition = { queued: 0, running: 0, done: 0, failed: 0, refused: 0, displaced: 0 };
  engine.stats = Object.assign({ ...engine.stats }, { recognition });
  const devices: HandDevice[] = [];
  for (let index = 0; index < HEARD; index++) devices.push(await HandDevice.listen(gateway, "auto"));
  const now = () => gateway.gateway.stats.overload;
  await gateway.until(() => now().heard === HEARD, "all are heard");
  recognition.queued = 100;
  await gateway.until(() => now().overloaded, "the process is full");
  recognition.queued = 0;
  return devices;
}
