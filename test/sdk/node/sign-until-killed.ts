// A payer in a process of its own: adds one to a channel's sum and tells each voucher's, `count` times or until it is killed.

import { signedSums } from "../../../sdk/src/channels/entries.ts";
import { openChannelFile } from "../../../sdk/src/node/channel-file.ts";
import { bookOn } from "./book.ts";

const [file = "", name = "", count = "0"] = process.argv.slice(2);
using store = openChannelFile(file, signedSums);
const book = bookOn(store);
for (let i = 0; i < Number(count); i++) {
  const signing = await book.add(1n, name as `0x${string}`);
  if (signing.refused) throw new Error(signing.refused);
  process.stdout.write(`${signing.voucher.cumulative}\n`);
}
