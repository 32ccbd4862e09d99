"use client";

import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

interface WalletPrompt {
  isOpen: boolean;
  setOpen: (open: boolean) => void;
}

const WalletPromptContext = createContext<WalletPrompt | undefined>(undefined);

/** Lets any page ask for a wallet; the dialog itself belongs to the frame. */
export function WalletPromptProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const value = useMemo(() => ({ isOpen, setOpen }), [isOpen]);
  return <WalletPromptContext value={value}>{children}</WalletPromptContext>;
}

export function useWalletPrompt(): WalletPrompt {
  const prompt = useContext(WalletPromptContext);
  if (!prompt) throw new Error("The wallet prompt is used outside of its provider.");
  return prompt;
}
