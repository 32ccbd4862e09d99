import type { Hex } from "viem";
import { formatBytes, parseBytes } from "../units.ts";

/** Names of `IInviteRegistry.Phase`, for sentences. */
export const PHASE_WORDS = ["closed", "by invitation", "open to everybody"] as const;

/** Roles of the access manager: `ROLES` of the deployment, and the manager's own. */
export const MANAGER_ROLES: Readonly<Record<string, string>> = {
  "0": "administrator",
  "1": "minter of the emission",
  "2": "slasher",
  "4": "insurer",
  "7": "guardian's gatekeeper",
};

/** Roles of the timelock: keccak256 of their names. */
export const TIMELOCK_ROLE_WORDS: Readonly<Record<Hex, string>> = {
  "0x0000000000000000000000000000000000000000000000000000000000000000": "administrator",
  "0xb09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1": "proposer",
  "0xfd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783": "canceller",
  "0xd8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63": "executor",
};

export const managerRole = (role: bigint) =>
  role === 2n ** 64n - 1n ? "everybody" : (MANAGER_ROLES[String(role)] ?? `role ${role}`);
export const timelockRole = (role: Hex) => TIMELOCK_ROLE_WORDS[role] ?? `role ${role}`;

/** `125` → `1.25 %`. Basis points. */
export const percent = (bps: number | bigint) => `${Number(bps) / 100} %`;

/** A span, exact: `90` → `90 seconds`, `86400` → `24 hours`. */
export const hours = (seconds: number | bigint) =>
  Number(seconds) < 7_200 ? `${seconds} seconds` : `${Number(seconds) / 3_600} hours`;

/** An amount that is voted on, never rounded: `1073741824` → `1 GiB`, `1073741825` → `1073741825 bytes`. */
export function exactBytes(bytes: bigint): string {
  const short = formatBytes(bytes);
  return parseBytes(short) === bytes ? short : `${bytes} bytes`;
}

/** What a stranger wrote, without what a screen would not show or would turn around. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}
