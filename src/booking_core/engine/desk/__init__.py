"""The operators' desk: everything the console may ask or do, behind one door."""
