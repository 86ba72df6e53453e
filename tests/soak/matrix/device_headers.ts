/** Who the device of every cell is. */
export const DEVICE_HEADERS = { "Device-Id": "02:00:00:00:00:01" };
