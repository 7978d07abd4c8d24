"""The page: one file per tab, and the components they share."""
