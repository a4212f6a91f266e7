import type { Node } from "./model";

/** Half the width of a step's circle and of an artifact's square. */
export const CIRCLE = 18;
export const SQUARE = 14;

/** Room for the texts of a node: its width, and its height below the mark. */
export const COLUMN = 92;
export const TEXT = 32;

export const sizeOf = ({ output }: Node) => (output === null ? CIRCLE : SQUARE);
