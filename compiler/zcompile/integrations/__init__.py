"""Names under which scripts written for ZenML import what belongs to other libraries there."""
