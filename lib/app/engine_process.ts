/**
 * The engine's side of this executable; apart from the rest, since the engine process loads nothing else.
 *
 * @module
 */
export { runEngine } from "../engine/engine_main.ts";
