import { type Deployment, DeploymentError, parseDeployment } from "@4ever/sdk/deployments";
import { type Address, isAddress } from "viem";
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { CONFIG_PATH, ConfigError } from "./config-error.ts";

z.config({ ...en(), jitless: true }); // compiling checks needs `eval`, which the page's policy forbids

const FETCH_TIMEOUT_MS = 10_000;

const url = z.url();

const text = z.string().check(z.minLength(1));

const schema = z.object({
  chain: z.object({
    name: text,
    rpcUrl: url,
    explorerUrl: z.optional(url),
    nativeSymbol: z._default(text, "ETH"),
    /** Only on a local chain are the test wallet and the faucet offered. */
    isLocal: z._default(z.boolean(), false),
  }),
  subgraphUrl: url,
  /** As `parseDeployment` of the SDK reads it. */
  deployment: z.unknown(),
  /** Accounts of the public test mnemonic that the test wallet offers; read on a local chain only. */
  testAccounts: z._default(z.array(z.object({ index: z.int().check(z.minimum(0)), label: text })), []),
});

/** Invites that a local deployment signs for whoever wants to try to become a provider; part of its record. */
const invites = z.object({
  invites: z._default(
    z.array(
      z.object({
        invitee: z.custom<Address>((value) => typeof value === "string" && isAddress(value)),
        invite: text,
      }),
    ),
    [],
  ),
});

export type AppConfig = Omit<z.infer<typeof schema>, "deployment"> & {
  deployment: Deployment;
  /** Empty everywhere but on a local chain. */
  localInvites: readonly { invitee: Address; invite: string }[];
};

/** Checks an untrusted configuration. Throws {@link ConfigError} naming every field that is wrong. */
export function parseConfig(input: unknown): AppConfig {
  const result = schema.safeParse(input);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map(({ path, message }) => `${path.length ? path.join(".") : "The file"}: ${message}.`),
      result.error,
    );
  }
  try {
    const deployment = parseDeployment(result.data.deployment);
    const local = result.data.chain.isLocal ? invites.safeParse(result.data.deployment) : undefined;
    return { ...result.data, deployment, localInvites: local?.success ? local.data.invites : [] };
  } catch (cause) {
    if (!(cause instanceof DeploymentError)) throw cause;
    throw new ConfigError(
      cause.problems.map((problem) => `deployment.${problem}`),
      cause,
    );
  }
}

/** Loads `/config.json`. Throws {@link ConfigError} for anything but a complete configuration. */
export async function loadConfig(signal?: AbortSignal, fetch = globalThis.fetch): Promise<AppConfig> {
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(CONFIG_PATH, {
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ConfigError([`${CONFIG_PATH} could not be reached.`], cause);
  }
  if (!response.ok) throw new ConfigError([`${CONFIG_PATH} answered HTTP ${response.status}.`]);
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    throw new ConfigError([`${CONFIG_PATH} is not JSON.`], cause);
  }
  return parseConfig(body);
}
