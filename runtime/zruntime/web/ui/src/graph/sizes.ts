import type { Node } from "./model";

/** Half the width of a step's circle and of an artifact's square. */
export const CIRCLE = 18;
export const SQUARE = 14;

export const sizeOf = ({ output }: Node) => (output === null ? CIRCLE : SQUARE);
