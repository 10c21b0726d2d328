"""From the export of an annotation tool to a data set that MMPose reads."""
