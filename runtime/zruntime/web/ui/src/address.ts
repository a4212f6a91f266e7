/** The part of a page's address that tells what is selected. */
export interface Address {
  readonly read: () => URLSearchParams;
  readonly write: (params: URLSearchParams) => void;
  /** Says that what wrote it is not mounted any more. */
  readonly leave: () => void;
}

/**
 * What the page at this path has written. Airflow mounts a plugin's page anew when it first renders
 * it again, and its router may have put back the address of before by then.
 */
let written: { readonly path: string; readonly params: URLSearchParams } | null = null;

/** The query of a page's address; its fragment where the page is a file, whose query is fixed. */
export const pageAddress: Address = {
  read: () =>
    written?.path === location.pathname
      ? written.params
      : new URLSearchParams(isFile() ? location.hash.slice(1) : location.search),
  // The host's router would render its whole page anew, and ours from its beginning.
  write: (params) => {
    written = { path: location.pathname, params };
    const url = new URL(location.href);
    url[isFile() ? "hash" : "search"] = params.toString();
    if (url.href !== location.href) {
      history.replaceState(history.state, "", url);
    }
  },
  // A page mounted anew stays where it is; who comes back later comes with an address of their own.
  leave: () => {
    if (written?.path !== location.pathname) {
      written = null;
    }
  },
};

const isFile = () => location.protocol === "file:";
