import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Shell } from "@/app/Shell";
import { THEME_SCRIPT } from "@/features/frame/theme";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "4EVER Network", template: "%s · 4EVER Network" },
  description: "An open, decentralised cloud: host, pay only for what is proven, check everything.",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafbfb" },
    { media: "(prefers-color-scheme: dark)", color: "#0c1012" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // The theme script runs before hydration and may set data-theme.
    <html lang="en" suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
      </head>
      <body>
        <Shell>{children}</Shell>
      </body>
    </html>
  );
}
