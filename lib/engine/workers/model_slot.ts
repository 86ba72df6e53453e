import { writeCause } from "../stderr_line.ts";

/** Holds the one model of a Worker: loaded by the first job, freed once no job uses it. */
export class ModelSlot<Model extends { release(): Promise<void> }> {
  #loading: Promise<Model> | undefined;
  #lastUse: Promise<unknown> = Promise.resolve();

  /** Does `work` with the model; a load that failed is tried again by the next job. */
  use<Result>(load: () => Promise<Model>, work: (model: Model) => Promise<Result>): Promise<Result> {
    const use = this.#load(load).then(work);
    this.#lastUse = use.catch(() => {});
    return use;
  }

  /** Waits for the job under way and frees the model; a Worker that ends without it leaks about 150 MB. */
  async release(): Promise<void> {
    await this.#lastUse;
    const model = await this.#loading;
    this.#loading = undefined;
    await model?.release();
  }

  #load(load: () => Promise<Model>): Promise<Model> {
    this.#loading ??= load().catch((error) => {
      this.#loading = undefined;
      writeCause(error);
      throw error;
    });
    return this.#loading;
  }
}
