/** The page of a run outside Airflow. */
export const runPath = (pipeline: string, run: string) =>
  `/runs/${encodeURIComponent(pipeline)}/${encodeURIComponent(run)}`;
