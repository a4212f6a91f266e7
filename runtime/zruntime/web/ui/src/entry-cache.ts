// The bundle of the "Artifact cache" page; Airflow takes what it exports.
export { ArtifactCache as default } from "./cache/ArtifactCache";
