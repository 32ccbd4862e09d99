import { createBrowserStore, signedSums } from "../../../../sdk/src/index.ts";
import { bookOn } from "../../node/book.ts";

const store = createBrowserStore("book", signedSums);
const book = bookOn(store);

/** What the test calls in the page. Sums as text, which a page can hand out. */
const payer = {
  async add(usageRoot: `0x${string}`): Promise<string> {
    const signing = await book.add(1n, usageRoot);
    return signing.refused ?? signing.voucher.cumulative.toString();
  },
  signed: async () => (await book.signed())?.toString(),
  /** Writes what no book would have written. */
  spoil: (key: string) => createBrowserStore("book", { encode: () => "?", decode: () => 0 }).replace(key, undefined, 0),
  read: (key: string) =>
    store.read(key).then(
      (entry) => `${entry?.cumulative}`,
      (error: Error) => error.name,
    ),
};
declare global {
  interface Window {
    payer: typeof payer;
  }
}
window.payer = payer;
