"use client";

import { TABLE_NAMES } from "@4ever/sdk/subgraph/tables/index";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";
import { classes } from "@/components/classes";
import { PageLink } from "@/components/PageLink";
import { PageHeader } from "@/components/Section";
import { SearchBox } from "@/features/explorer/SearchBox";
import { TABLE_WORDS } from "@/features/explorer/words";
import { explorerLinks } from "@/lib/explorer-links";

const PLACES = [
  { href: "/explorer/", label: "Overview" },
  ...TABLE_NAMES.map((name) => ({ href: explorerLinks.table(name), label: TABLE_WORDS[name].short })),
];

/** What every page of the explorer has: the search, its places, and its name. */
export function ExplorerPage({
  title,
  about,
  badge,
  action,
  children,
}: {
  title: ReactNode;
  about: ReactNode;
  badge?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  const pathname = usePathname();
  const here = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const row = here.current?.closest("ul");
    // Narrow screens show a part of the row: the part with this page. Only the row moves, not the page.
    if (row && here.current)
      row.scrollLeft = here.current.offsetLeft - (row.clientWidth - here.current.offsetWidth) / 2;
  }, []);
  return (
    <>
      <SearchBox />
      <nav aria-label="Explorer" className="mb-6 border-b border-line">
        <ul className="relative -mb-px flex gap-1 overflow-x-auto">
          {PLACES.map(({ href, label }) => (
            <li key={href}>
              <PageLink
                ref={href === pathname ? here : null}
                href={href}
                aria-current={href === pathname ? "page" : undefined}
                className={classes(
                  "flex h-9 items-center border-b-2 px-2.5 text-sm font-medium whitespace-nowrap -outline-offset-2 pointer-coarse:h-11",
                  href === pathname ? "border-accent text-ink" : "border-transparent text-muted hover:text-ink",
                )}
              >
                {label}
              </PageLink>
            </li>
          ))}
        </ul>
      </nav>
      <PageHeader title={title} badge={badge} action={action}>
        {about}
      </PageHeader>
      <div className="space-y-6">{children}</div>
    </>
  );
}
