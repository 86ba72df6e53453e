import { assertEquals } from "@std/assert";
import { Semaphore } from "../../lib/lifecycle/mod.ts";
import { test } from "../support/test.ts";

test("Semaphore gives so many permits and takes each back once", () => {
  const semaphore = new Semaphore(2);
  const first = semaphore.take();
  const second = semaphore.take();
  assertEquals([semaphore.take(), semaphore.taken, semaphore.refused], [undefined, 2, 1]);
  first?.();
  first?.();
  assertEquals(semaphore.taken, 1);
  semaphore.take();
  second?.();
  assertEquals(semaphore.taken, 1);
});
