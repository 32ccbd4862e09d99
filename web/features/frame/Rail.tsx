"use client";

import { usePathname } from "next/navigation";
import { classes } from "@/components/classes";
import { PageLink } from "@/components/PageLink";
import { Brand } from "@/features/frame/Brand";
import { NAVIGATION, placeOf } from "@/features/frame/navigation";
import { ThemeToggle } from "@/features/frame/ThemeToggle";

/** All places in their groups; in the rail, and in the sheet of narrow screens. */
export function NavigationList({ onGo }: { onGo?: () => void }) {
  const current = placeOf(usePathname());
  return (
    <div className="space-y-6">
      {NAVIGATION.map(({ group, places }) => (
        <div key={group}>
          <h2 className="px-2.5 pb-1.5 text-xs font-medium text-faint">{group}</h2>
          <ul className="space-y-px">
            {places.map(({ href, label, icon: Icon }) => (
              <li key={href}>
                <PageLink
                  href={href}
                  onClick={() => onGo?.()}
                  aria-current={href === current ? "page" : undefined}
                  className={classes(
                    "flex h-8 items-center gap-2.5 rounded px-2.5 text-muted transition-colors duration-100 hover:bg-hover hover:text-ink pointer-coarse:h-11",
                    href === current && "bg-hover font-medium text-ink",
                  )}
                >
                  <Icon aria-hidden className={classes("size-4 shrink-0", href === current && "text-accent-ink")} />
                  {label}
                </PageLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

/** The left rail of wide screens. */
export function Rail() {
  return (
    <nav
      aria-label="Main"
      className="sticky top-0 flex h-dvh w-56 shrink-0 flex-col border-r border-line bg-canvas max-lg:hidden"
    >
      <div className="flex h-14 shrink-0 items-center px-4">
        <Brand />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pt-4">
        <NavigationList />
      </div>
      <div className="border-t border-line px-4 py-3">
        <ThemeToggle />
      </div>
    </nav>
  );
}
