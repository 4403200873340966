"""Studies: one file a chapter, from data to numbers, for the live case and for the grid."""
