import type { ReactNode } from "react";

interface MessageProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** Stands in place of what a page has nothing of. */
export function Message({ children, title }: MessageProps) {
  return (
    <div className="zc-message" role="status">
      <p className="zc-title">{title}</p>
      <p className="zc-muted">{children}</p>
    </div>
  );
}

/** Says why what is shown may be out of date, if it may. */
export function Notice({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <p className="zc-notice" role="alert">
      This page may be out of date. {text}
    </p>
  );
}
