import compare from "./compare/compare.css?inline";
import graph from "./graph/graph.css?inline";
import base from "./lineage.css?inline";
import panel from "./panel/panel.css?inline";

/** The style sheet of the pages. */
export default `${base}${graph}${panel}${compare}`;
