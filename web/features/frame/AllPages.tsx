"use client";

import { Drawer } from "@/components/Overlay";
import { NavigationList } from "@/features/frame/Rail";
import { ThemeToggle } from "@/features/frame/ThemeToggle";

/** The sheet of narrow screens: every page, and the theme. */
export function AllPages({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Drawer side="bottom" open={isOpen} onOpenChange={onOpenChange} title="All pages">
      <nav aria-label="All pages">
        <NavigationList onGo={() => onOpenChange(false)} />
      </nav>
      <div className="mt-6 flex items-center justify-between border-t border-line pt-4">
        <span className="text-sm text-muted">Theme</span>
        <ThemeToggle />
      </div>
    </Drawer>
  );
}
