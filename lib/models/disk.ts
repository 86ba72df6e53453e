import { EarshotError } from "../errors/mod.ts";
import { nameOf } from "./file_check.ts";

/** Does something in the model directory; what fails there becomes `model.directory`, which names the path. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw new EarshotError(
      "model.directory",
      `Cannot write ${path}: ${
        nameOf(error)
      }; check its rights and the free space, or choose another models.dir`,
      { cause: error },
    );
  }
}
