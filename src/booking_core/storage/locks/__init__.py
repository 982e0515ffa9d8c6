"""Every locking statement, and the one order in which locks are taken.

Order: inventories by ascending id, then one venue, then vouchers by ascending id, then one user or
the login attempts of one account and address, then counters by ascending name, then the house
chain last. Whoever changes bookings, claims or tiers holds the lock of their inventory; whoever
records an act that concerns no inventory holds the house chain's until the transaction ends, so it
is taken as late as can be. Payments are apart: the writer changes them last, and whoever else does
takes the payments of one booking, then single payments or refunds, then the house chain. Rides are
apart as well: one user, then one ride or the counter of rides, then one driver, then streams of
messages by ascending recipient and channel, all at once, then the house chain; whoever writes
positions takes their counter alone. On SQLite the transaction itself, begun IMMEDIATE, is the lock.
"""
