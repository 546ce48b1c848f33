"""Table models, one file a table; see `warehouse.building.build`."""
