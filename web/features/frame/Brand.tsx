import { PageLink } from "@/components/PageLink";

/** Two linked rings: what is kept, and what keeps it. */
export function Brand() {
  return (
    <PageLink
      href="/"
      className="inline-flex h-10 items-center gap-2.5 rounded-sm px-1 font-semibold tracking-tight"
      aria-label="4EVER, overview"
    >
      <svg
        aria-hidden
        viewBox="0 0 32 20"
        className="h-4.5 w-auto text-accent"
        fill="none"
        stroke="currentColor"
        strokeWidth="3.2"
      >
        <path d="M16 10c-2.6-4.2-5-6.6-8.2-6.6a6.6 6.6 0 0 0 0 13.2c3.2 0 5.600-2.4 8.200-6.600s5-6.600 8.200-6.600a6.600 6.600 0 0 1 0 13.200c-3.200 0-5.600-2.400-8.200-6.600Z" />
      </svg>
      <span className="text-lg">4EVER</span>
    </PageLink>
  );
}
