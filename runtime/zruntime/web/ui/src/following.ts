import { createContext, useContext } from "react";

/** Has the page that shows a value expect a change of it; nothing where it is not kept up to date. */
export const FollowContext = createContext<() => void>(() => undefined);

export const useFollow = () => useContext(FollowContext);
