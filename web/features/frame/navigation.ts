import type { LucideIcon } from "lucide-react";
import {
  ChartNoAxesCombined,
  CloudUpload,
  Files,
  Flame,
  Handshake,
  Landmark,
  LayoutDashboard,
  Mail,
  ReceiptText,
  ShieldCheck,
  Tags,
  Telescope,
} from "lucide-react";

export interface Place {
  href: string;
  label: string;
  icon: LucideIcon;
}

/** Places that exist. A page joins this list when all of its data is real. */
export const NAVIGATION: readonly { group: string; places: readonly Place[] }[] = [
  {
    group: "Build",
    places: [
      { href: "/host/", label: "Host", icon: CloudUpload },
      { href: "/deals/", label: "Deals", icon: Files },
      { href: "/channels/", label: "Channels", icon: ReceiptText },
    ],
  },
  {
    group: "Provide",
    places: [
      { href: "/provide/", label: "Overview", icon: LayoutDashboard },
      { href: "/provide/offers/", label: "Offers", icon: Tags },
      { href: "/provide/stake/", label: "Stake", icon: ShieldCheck },
      { href: "/provide/earnings/", label: "Earnings", icon: ChartNoAxesCombined },
      { href: "/invites/", label: "Invites", icon: Mail },
    ],
  },
  {
    group: "Govern",
    places: [
      { href: "/delegate/", label: "Delegate", icon: Handshake },
      { href: "/proposals/", label: "Proposals", icon: Landmark },
      { href: "/auctions/", label: "Auctions", icon: Flame },
    ],
  },
  {
    group: "Verify",
    places: [{ href: "/explorer/", label: "Explorer", icon: Telescope }],
  },
];

/** Pages that belong to a place of the navigation without being in it. */
const BELONGS: Record<string, string> = {
  "/deal/": "/deals/",
  "/channel/": "/channels/",
  "/proposal/": "/proposals/",
  "/proposals/new/": "/proposals/",
};
/** Places with pages below them. */
const ROOTS = ["/explorer/", "/delegate/"];

/** The place that a path is part of; undefined on pages outside of the navigation. */
export function placeOf(pathname: string): string | undefined {
  const path = pathname.endsWith("/") ? pathname : `${pathname}/`;
  const known = BELONGS[path] ?? ROOTS.find((root) => path.startsWith(root)) ?? path;
  return NAVIGATION.flatMap(({ places }) => places).find(({ href }) => href === known)?.href;
}
