import { damageFile, holdsFiles } from "./car-file.ts";
import { testStorage } from "./suite.ts";

testStorage("node-storage", async () => ({
  config: { storage: { adapter: "node-storage" }, ipfs: { listen: [] } },
  holds: holdsFiles,
  damage: damageFile,
}));
