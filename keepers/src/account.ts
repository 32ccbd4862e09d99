import { readFile } from "node:fs/promises";
import { type Address, getAddress, type LocalAccount } from "viem";
import { type KeeperConfig, loadPassword } from "./config.ts";

/** The account that a keeper sends with: from its keystore, or a remote signer's. Throws `ConfigError` and what the key's keeper says. */
export async function openAccount(config: KeeperConfig, env: NodeJS.ProcessEnv): Promise<LocalAccount> {
  const { signer, keystore } = config;
  if (signer) {
    const { createRemoteSigner } = await import("./chain/remote-signer.ts");
    return await createRemoteSigner(signer);
  }
  const { decryptKeystore } = await import("@4ever/sdk/node/keystore");
  const [password, json] = await Promise.all([loadPassword(keystore, env), readFile(keystore.file, "utf8")]);
  return await decryptKeystore(json, password);
}

/** The address of that account; looking needs neither password nor signer. */
export async function addressOf({ signer, keystore }: KeeperConfig): Promise<Address> {
  if (signer) return signer.address;
  const { address } = JSON.parse(await readFile(keystore.file, "utf8")) as { address: string };
  return getAddress(`0x${address.replace(/^0x/, "")}`);
}
