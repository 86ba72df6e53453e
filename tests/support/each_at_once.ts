/** Does `work` for every item, for `limit` of them at once; the first fault ends it once those under way have ended. */
export async function eachAtOnce<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const results = await Promise.allSettled(Array.from({ length: limit }, async () => {
    for (const item of left) await work(item); // a fault in one loop ends `left` for all
  }));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
