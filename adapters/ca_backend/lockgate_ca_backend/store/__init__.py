"""The CA's own database: one small module per kind of record, used inside a unit of work.

Each class here belongs to one transaction. It reads the rows of a batch in one statement and caches them. It collects
writes, and sends them in one statement per table when the unit of work is flushed.
"""
