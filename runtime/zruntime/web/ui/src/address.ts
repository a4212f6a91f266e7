/** The part of a page's address that tells what is selected. */
export interface Address {
  readonly read: () => URLSearchParams;
  readonly write: (params: URLSearchParams) => void;
}

/** The query of a page's address; its fragment where the page is a file, whose query is fixed. */
export const pageAddress: Address = {
  read: () => new URLSearchParams(isFile() ? location.hash.slice(1) : location.search),
  // The host's router would render its whole page anew, and ours from its beginning.
  write: (params) => {
    const url = new URL(location.href);
    url[isFile() ? "hash" : "search"] = params.toString();
    history.replaceState(history.state, "", url);
  },
};

const isFile = () => location.protocol === "file:";
