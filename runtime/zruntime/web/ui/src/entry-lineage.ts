// The bundle's entry: Airflow takes the one thing it exports, by the name `AirflowPlugin`.
export { Lineage as default } from "./Lineage";
