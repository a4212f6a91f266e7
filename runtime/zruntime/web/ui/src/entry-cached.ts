// The bundle of a Dag's "Cached steps" tab; Airflow takes what it exports.
export { CachedSteps as default } from "./cached/CachedSteps";
