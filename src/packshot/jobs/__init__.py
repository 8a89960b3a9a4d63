"""Jobs: one run of a task each, a row that is the truth about it, and engines that only move ids.

`store` is what the row allows, `running` is one job from claim to end, `inline` runs jobs on this machine.
"""
