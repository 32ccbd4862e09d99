import { damageFile, holdsFiles } from "./car-file.ts";
import { testStorage } from "./suite.ts";

testStorage("helia", async () => ({
  config: { storage: { adapter: "helia" }, ipfs: { listen: [] } },
  holds: holdsFiles,
  damage: damageFile,
}));
