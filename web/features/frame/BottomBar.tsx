"use client";

import { CloudUpload, Files, HardDrive, Menu } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { classes } from "@/components/classes";
import { PageLink } from "@/components/PageLink";
import { placeOf } from "@/features/frame/navigation";

/** Fetched when it is first opened. */
const AllPages = dynamic(() => import("@/features/frame/AllPages").then((module) => module.AllPages), { ssr: false });

const ENTRIES = [
  { href: "/host/", label: "Host", icon: CloudUpload, covers: (place: string) => place === "/host/" },
  { href: "/deals/", label: "Deals", icon: Files, covers: (place: string) => place === "/deals/" },
  { href: "/provide/", label: "Provide", icon: HardDrive, covers: (place: string) => place.startsWith("/provide/") },
] as const;

const ENTRY = "flex h-14 w-full flex-col items-center justify-center gap-1 text-xs font-medium";

/** Three places and a sheet with the rest, for narrow screens. */
export function BottomBar() {
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setWasOpened] = useState(false);
  const current = placeOf(usePathname()) ?? "";
  return (
    <div className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden">
      <nav aria-label="Main">
        <ul className="grid grid-cols-4">
          {ENTRIES.map(({ href, label, icon: Icon, covers }) => {
            const isCurrent = covers(current);
            return (
              <li key={href}>
                <PageLink
                  href={href}
                  aria-current={isCurrent ? "page" : undefined}
                  className={classes(ENTRY, "-outline-offset-2", isCurrent ? "text-accent-ink" : "text-muted")}
                >
                  <Icon aria-hidden className="size-5" />
                  {label}
                </PageLink>
              </li>
            );
          })}
          <li>
            <button
              type="button"
              aria-haspopup="dialog"
              aria-expanded={isOpen}
              onClick={() => {
                setWasOpened(true);
                setOpen(true);
              }}
              className={classes(ENTRY, "text-muted -outline-offset-2")}
            >
              <Menu aria-hidden className="size-5" />
              More
            </button>
          </li>
        </ul>
      </nav>
      {wasOpened ? <AllPages isOpen={isOpen} onOpenChange={setOpen} /> : null}
    </div>
  );
}
